package dev.hydra.training;

/**
 * A learning rate that rises linearly from zero to its peak, then falls along a half cosine.
 *
 * @param peak the highest rate
 * @param warmUp steps until the peak
 * @param floor what is left at the end, as a part of the peak
 */
public record LearningRate(double peak, int warmUp, double floor) {

    /** Checks the numbers. */
    public LearningRate {
        if (!(peak > 0) || warmUp < 0 || !(floor >= 0 && floor <= 1)) {
            throw new IllegalArgumentException(
                    "learning rate has peak %s, %d steps of warm-up and floor %s; expected a peak above 0, 0 steps or more, a floor of 0..1"
                            .formatted(peak, warmUp, floor));
        }
    }

    /**
     * The rate of a step of a training that ends at a known one: {@code peak step / warmUp} at first, then {@code peak (floor +
     * (1 - floor) (1 + cos(pi p)) / 2)} with {@code p} the part of the steps after the warm-up that is over. The authors' rate.
     *
     * @param step the step, from 0
     * @param steps of the whole training
     */
    public double ofStep(int step, int steps) {
        if (step < warmUp) {
            // the authors' first step has rate 0 and changes nothing but AdamW's means
            return peak * step / warmUp;
        }
        return cosine((double) (step - warmUp) / Math.max(1, steps - warmUp));
    }

    /**
     * The rate of a step of a training that ends at a time.
     *
     * @param step the step, from 0
     * @param progress how much of the training lies behind it, 0 to 1
     */
    public double at(int step, double progress) {
        double cosine = cosine(progress);
        return step < warmUp ? Math.min(cosine, peak * (step + 1) / warmUp) : cosine;
    }

    private double cosine(double progress) {
        return peak * (floor + (1 - floor) * 0.5 * (1 + Math.cos(Math.PI * progress)));
    }
}
