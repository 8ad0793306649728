package dev.hydra.training;

/**
 * AdamW, whose first beta is 0.9 and whose epsilon is 1e-8. Matrices decay; biases and the weights of norms do not.
 *
 * @param weightDecay the part of a matrix that decays in a step, times the learning rate
 * @param squaresDecay the second beta, 0 to 1
 * @param maximumNorm the length that the gradient of all tensors together is cut to; 0 for no cut
 */
public record Optimizer(double weightDecay, double squaresDecay, double maximumNorm) {

    /** Checks the numbers. */
    public Optimizer {
        if (!(weightDecay >= 0 && squaresDecay > 0 && squaresDecay < 1 && maximumNorm >= 0)) {
            throw new IllegalArgumentException(
                    "weight decay %s, second beta %s, maximum norm %s; expected 0 or more, 0..1, 0 or more"
                            .formatted(weightDecay, squaresDecay, maximumNorm));
        }
    }

    /** PyTorch's second beta and the usual cut to a length of 1. */
    public static Optimizer ofDecay(double weightDecay) {
        return new Optimizer(weightDecay, 0.999, 1);
    }
}
