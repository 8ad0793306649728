package dev.hydra.decode;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Counts and times of one step, one generation, or many: they add up.
 *
 * <p>Depths are those of the draft tree: the first entry of a list is depth 1, the tokens of the first head. Only what was
 * emitted counts as generated or accepted: not what stood behind an end token, a stop string or the last token of a budget.
 * Every step yields one token in any case; what it yields beyond that was accepted. So
 * {@code generatedTokens = requests + steps + the sum of accepted}.
 *
 * @param requests         prompts read to their end, each of which yields the first token of its answer
 * @param promptTokens     tokens of these prompts
 * @param generatedTokens  tokens emitted
 * @param steps            verification passes of one sequence that yielded a token
 * @param drafted          tokens drafted at each depth
 * @param accepted         steps that yielded a token beyond that depth, at each depth that was drafted: tokens that drafting saved a step
 * @param histogram        the steps by how many drafted tokens they kept, and how deep their trees were
 * @param prefill          time spent reading prompts
 * @param draft            time spent drafting
 * @param verify           time spent in verification passes
 * @param commit           time spent choosing what to keep, and keeping it
 * @param timeToFirstToken from a request's arrival to its first token, summed over the requests
 */
public record DecodeStatistics(
        long requests,
        long promptTokens,
        long generatedTokens,
        long steps,
        List<Long> drafted,
        List<Long> accepted,
        AcceptanceHistogram histogram,
        Duration prefill,
        Duration draft,
        Duration verify,
        Duration commit,
        Duration timeToFirstToken) {

    private static final DecodeStatistics NONE = new DecodeStatistics(
            0,
            0,
            0,
            0,
            List.of(),
            List.of(),
            AcceptanceHistogram.none(),
            Duration.ZERO,
            Duration.ZERO,
            Duration.ZERO,
            Duration.ZERO,
            Duration.ZERO);

    public DecodeStatistics {
        drafted = List.copyOf(drafted);
        accepted = List.copyOf(accepted);
    }

    /** Nothing done yet. */
    public static DecodeStatistics none() {
        return NONE;
    }

    static DecodeStatistics ofPrefill(int promptTokens, Duration prefill, Duration timeToFirstToken) {
        return new DecodeStatistics(
                1,
                promptTokens,
                1,
                0,
                List.of(),
                List.of(),
                AcceptanceHistogram.none(),
                prefill,
                Duration.ZERO,
                Duration.ZERO,
                Duration.ZERO,
                timeToFirstToken);
    }

    /** @param yielded tokens that the step emitted; 0 where the sequence was cancelled before the first of them */
    static DecodeStatistics ofStep(int yielded, List<Long> drafted, StepTimes times) {
        return new DecodeStatistics(
                0,
                0,
                yielded,
                Math.min(yielded, 1),
                drafted,
                IntStream.range(0, drafted.size())
                        .mapToObj(depth -> depth + 1 < yielded ? 1L : 0L)
                        .toList(),
                yielded == 0 ? AcceptanceHistogram.none() : AcceptanceHistogram.ofStep(drafted.size(), yielded - 1),
                Duration.ZERO,
                times.draft(),
                times.verify(),
                times.commit(),
                Duration.ZERO);
    }

    /** Both together. */
    public DecodeStatistics plus(DecodeStatistics other) {
        return new DecodeStatistics(
                requests + other.requests,
                promptTokens + other.promptTokens,
                generatedTokens + other.generatedTokens,
                steps + other.steps,
                sum(drafted, other.drafted),
                sum(accepted, other.accepted),
                histogram.plus(other.histogram),
                prefill.plus(other.prefill),
                draft.plus(other.draft),
                verify.plus(other.verify),
                commit.plus(other.commit),
                timeToFirstToken.plus(other.timeToFirstToken));
    }

    /**
     * Tokens that a step yields on average, the bonus token included (the paper's mean acceptance length): 1 is plain decoding.
     * 1 where no step was made.
     */
    public double acceptanceLength() {
        return steps == 0 ? 1 : (double) (generatedTokens - requests) / steps;
    }

    /** Generated tokens per second of prefill and steps; 0 where no time was spent. */
    public double tokensPerSecond() {
        return perSecond(generatedTokens, prefill.plus(stepTime()));
    }

    /** Tokens generated by steps, per second of steps; 0 where no step was made. */
    public double decodeTokensPerSecond() {
        return perSecond(generatedTokens - requests, stepTime());
    }

    /** Time spent in steps: draft, verify and commit. */
    public Duration stepTime() {
        return draft.plus(verify).plus(commit);
    }

    private static double perSecond(long tokens, Duration time) {
        return time.isZero() ? 0 : tokens / (time.toNanos() / 1e9);
    }

    private static List<Long> sum(List<Long> one, List<Long> other) {
        List<Long> longer = one.size() < other.size() ? other : one;
        List<Long> shorter = one.size() < other.size() ? one : other;
        List<Long> sums = new ArrayList<>(longer);
        for (int depth = 0; depth < shorter.size(); depth++) {
            sums.set(depth, longer.get(depth) + shorter.get(depth));
        }
        return sums;
    }
}
