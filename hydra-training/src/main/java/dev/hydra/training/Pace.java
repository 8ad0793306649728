package dev.hydra.training;

/** Mean loss and tokens per second since the last report. */
final class Pace {

    private final long tokensPerStep;
    private long since = System.nanoTime();
    private double losses;
    private int steps;

    Pace(long tokensPerStep) {
        this.tokensPerStep = tokensPerStep;
    }

    void step(double loss) {
        losses += loss;
        steps++;
    }

    /** What happened since the last report or pause, for people. */
    String report() {
        double seconds = (System.nanoTime() - since) / 1e9;
        String report = "loss %.4f, %.0f tokens/s".formatted(losses / steps, steps * tokensPerStep / seconds);
        pause();
        return report;
    }

    /** Begins anew, so that what took place in between does not count. */
    void pause() {
        since = System.nanoTime();
        losses = 0;
        steps = 0;
    }
}
