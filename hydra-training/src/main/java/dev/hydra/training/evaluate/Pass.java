package dev.hydra.training.evaluate;

import dev.hydra.decode.DecodeStatistics;
import java.time.Duration;

/**
 * Answers that were given in one mode.
 *
 * @param answers    how many
 * @param equal      how many of them are, token for token, plain decoding's
 * @param statistics of all of them
 * @param time       from each request to its last token, summed over the answers
 */
public record Pass(int answers, int equal, DecodeStatistics statistics, Duration time) {

    private static final Pass NONE = new Pass(0, 0, DecodeStatistics.none(), Duration.ZERO);

    /** No answers yet. */
    static Pass none() {
        return NONE;
    }

    /** Both together. */
    Pass plus(Pass other) {
        return new Pass(
                answers + other.answers, equal + other.equal, statistics.plus(other.statistics), time.plus(other.time));
    }

    /** Tokens per second as a caller sees them, the reading of prompts included. */
    public double tokensPerSecond() {
        return time.isZero() ? 0 : statistics.generatedTokens() / (time.toNanos() / 1e9);
    }

    /** Milliseconds of a time for each step. */
    double millisecondsPerStep(Duration spent) {
        return spent.toNanos() / 1e6 / Math.max(1, statistics.steps());
    }

    /**
     * The share of steps that yielded a token beyond a depth.
     *
     * @param depth of the draft tree, 1 for the first head's
     * @return 0 to 1
     */
    public double accepted(int depth) {
        long steps = statistics.steps();
        return steps == 0 ? 0 : (double) accepting(depth) / steps;
    }

    /** The same share of those steps that yielded a token beyond the depth above. */
    public double acceptedAfter(int depth) {
        long above = depth == 1 ? statistics.steps() : accepting(depth - 1);
        return above == 0 ? 0 : (double) accepting(depth) / above;
    }

    private long accepting(int depth) {
        return depth <= depths() ? statistics.accepted().get(depth - 1) : 0;
    }

    /** Depths that were drafted. */
    public int depths() {
        return statistics.accepted().size();
    }

    /** All together. */
    static Pass sum(Iterable<Pass> passes) {
        Pass sum = none();
        for (Pass pass : passes) {
            sum = sum.plus(pass);
        }
        return sum;
    }
}
