package dev.hydra.spring.actuate;

import dev.hydra.ModelDescription;
import dev.hydra.decode.DecodeStatistics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The state of the engine at one moment, as the endpoint tells it.
 *
 * @param lifetime everything since the engine was opened
 * @param lastMinute what was decoded in the last sixty seconds
 * @param latestAnswer the answer finished last; absent before the first
 */
public record HydraReport(
        Model model,
        Heads heads,
        Tree tree,
        String device,
        String dataType,
        Requests requests,
        Dials lifetime,
        Dials lastMinute,
        @Nullable Dials latestAnswer) {

    /**
     * The base model.
     *
     * @param positions tokens that a prompt and its answer may have together
     * @param weightBytes bytes that its weights take
     */
    public record Model(
            String name,
            String family,
            long parameters,
            int width,
            int layers,
            int heads,
            int vocabulary,
            int positions,
            long weightBytes) {

        static Model of(ModelDescription model) {
            return new Model(
                    model.name(),
                    model.family(),
                    model.parameters(),
                    model.width(),
                    model.layers(),
                    model.heads(),
                    model.vocabulary(),
                    model.positions(),
                    model.weightBytes());
        }
    }

    /** The draft heads: {@code hydra} and their number, or {@code none} and 0. */
    public record Heads(String kind, int count) {}

    /** The draft tree's size, counting the root, and its depth. */
    public record Tree(int nodes, int depth) {}

    /** Requests being decoded, and waiting to be. */
    public record Requests(int active, int queued) {}

    /**
     * How decoding went.
     *
     * @param acceptanceLength tokens generated per verification step; 1 is plain decoding
     * @param tokensPerSecond tokens generated per second spent decoding, prompts included
     * @param seconds where the time went
     */
    public record Dials(
            long promptTokens,
            long generatedTokens,
            long steps,
            double acceptanceLength,
            double tokensPerSecond,
            List<Depth> depths,
            Seconds seconds) {

        public Dials {
            depths = List.copyOf(depths);
        }

        static Dials of(DecodeStatistics statistics) {
            return new Dials(
                    statistics.promptTokens(),
                    statistics.generatedTokens(),
                    statistics.steps(),
                    rounded(statistics.acceptanceLength()),
                    rounded(statistics.tokensPerSecond()),
                    Depth.of(statistics),
                    Seconds.of(statistics));
        }
    }

    /**
     * Drafts at one depth of the tree.
     *
     * @param depth 1 for the first head
     * @param drafted tokens drafted there
     * @param accepted tokens of those that became part of an answer
     * @param acceptedPerStep accepted tokens per verification step: how often a step got this deep
     */
    public record Depth(int depth, long drafted, long accepted, double acceptedPerStep) {

        static List<Depth> of(DecodeStatistics statistics) {
            List<Depth> depths = new ArrayList<>();
            for (int index = 0; index < statistics.drafted().size(); index++) {
                long accepted = statistics.accepted().get(index);
                depths.add(new Depth(
                        index + 1,
                        statistics.drafted().get(index),
                        accepted,
                        rounded(accepted / (double) Math.max(1, statistics.steps()))));
            }
            return depths;
        }
    }

    /** Time per phase, in seconds. */
    public record Seconds(double prefill, double draft, double verify, double commit) {

        static Seconds of(DecodeStatistics statistics) {
            return new Seconds(
                    seconds(statistics.prefill()),
                    seconds(statistics.draft()),
                    seconds(statistics.verify()),
                    seconds(statistics.commit()));
        }

        private static double seconds(Duration duration) {
            return rounded(duration.toNanos() / 1e9);
        }
    }

    /** Three digits after the point are what a reader can use. */
    private static double rounded(double value) {
        return Math.round(value * 1000) / 1000.0;
    }
}
