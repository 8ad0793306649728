package dev.hydra.training;

import java.time.Duration;

/**
 * When a training ends: after so many steps, or when its time is up, whichever comes first. The learning rate has fallen to
 * its floor by then in both cases.
 *
 * @param steps most steps
 * @param time longest duration
 */
public record Budget(int steps, Duration time) {

    public Budget {
        if (steps < 1 || time.isNegative() || time.isZero()) {
            throw new IllegalArgumentException(
                    "budget is %d steps in %s; expected at least 1 step and some time".formatted(steps, time));
        }
    }

    /**
     * How much of the budget is spent, 0 to 1.
     *
     * @param step steps made
     * @param elapsed time spent
     */
    public double progress(int step, Duration elapsed) {
        double bySteps = (double) step / steps;
        double byTime = (double) elapsed.toMillis() / time.toMillis();
        return Math.min(1, Math.max(bySteps, byTime));
    }
}
