package dev.hydra.checkpoint;

/**
 * How a model keeps its scores in bounds.
 *
 * @param queryScalar  attention scores are divided by its square root
 * @param attentionCap attention scores are squeezed between this and its negative, by tanh; 0 where they are not
 * @param outputCap    the same of the scores of tokens
 */
public record Tempering(double queryScalar, double attentionCap, double outputCap) {

    /** Checks the numbers. */
    public Tempering {
        if (!(queryScalar > 0) || Double.isInfinite(queryScalar)) {
            throw new IllegalArgumentException(
                    "query_pre_attn_scalar is %s; expected a number above 0".formatted(queryScalar));
        }
        requireCap("attn_logit_softcapping", attentionCap);
        requireCap("final_logit_softcapping", outputCap);
    }

    /** What most models do: attention scores are divided by the square root of the head width, and nothing is squeezed. */
    public static Tempering plain(int headWidth) {
        return new Tempering(headWidth, 0, 0);
    }

    /** What attention scores are multiplied by. */
    public double scale() {
        return 1 / Math.sqrt(queryScalar);
    }

    private static void requireCap(String key, double cap) {
        if (!(cap >= 0) || Double.isInfinite(cap)) {
            throw new IllegalArgumentException("%s is %s; expected a number above 0, or null".formatted(key, cap));
        }
    }
}
