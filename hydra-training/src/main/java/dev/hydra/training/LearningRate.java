package dev.hydra.training;

/**
 * A learning rate that rises linearly from zero to its peak, then falls along a half cosine.
 *
 * @param peak the highest rate
 * @param warmUp steps until the peak
 * @param floor what is left at the end, as a part of the peak
 */
public record LearningRate(double peak, int warmUp, double floor) {

    public LearningRate {
        if (peak <= 0 || warmUp < 0 || floor < 0 || floor > 1) {
            throw new IllegalArgumentException(
                    "learning rate has peak %s, %d steps of warm-up and floor %s; expected a peak above 0, 0 steps or more, a floor of 0..1"
                            .formatted(peak, warmUp, floor));
        }
    }

    /**
     * The rate of a step.
     *
     * @param step the step, from 0
     * @param progress how much of the training lies behind it, 0 to 1
     */
    public double at(int step, double progress) {
        double cosine = peak * (floor + (1 - floor) * 0.5 * (1 + Math.cos(Math.PI * progress)));
        return step < warmUp ? Math.min(cosine, peak * (step + 1) / warmUp) : cosine;
    }
}
