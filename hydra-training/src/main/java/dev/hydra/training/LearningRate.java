package dev.hydra.training;

/**
 * A learning rate that rises linearly from zero to its peak, then falls along a half cosine.
 *
 * @param peak the highest rate
 * @param warmUp steps until the peak
 * @param steps steps in all
 * @param floor what is left at the end, as a part of the peak
 */
public record LearningRate(double peak, int warmUp, int steps, double floor) {

    public LearningRate {
        if (peak <= 0 || warmUp < 0 || steps <= warmUp || floor < 0 || floor > 1) {
            throw new IllegalArgumentException(
                    "a learning rate needs a positive peak, fewer steps of warm-up (%d) than in all (%d) and a floor of 0..1 (%s)"
                            .formatted(warmUp, steps, floor));
        }
    }

    /** The rate of a step, counted from 0. */
    public double at(int step) {
        if (step < warmUp) {
            return peak * (step + 1) / warmUp;
        }
        double progress = (double) (step - warmUp) / (steps - warmUp);
        return peak * (floor + (1 - floor) * 0.5 * (1 + Math.cos(Math.PI * Math.min(1, progress))));
    }
}
