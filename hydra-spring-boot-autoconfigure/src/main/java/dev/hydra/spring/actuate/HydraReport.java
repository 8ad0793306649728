package dev.hydra.spring.actuate;

import dev.hydra.ModelDescription;
import dev.hydra.ModelDescription.DrafterDescription;
import dev.hydra.decode.DecodeStatistics;
import dev.hydra.sampling.Exact;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The state of the engine at one moment, as the endpoint tells it.
 *
 * @param mode how drafts are made where a request does not say: plain, medusa or hydra
 * @param acceptance what is kept of a draft: exact or typical
 * @param drafters the sets of heads that requests may ask for; empty when there is plain decoding only
 * @param dataTypeReason why it is that one: as asked, or what suits the device
 * @param cacheRows requests that are decoded together at most
 * @param lifetime everything since the engine was opened
 * @param lastMinute what was decoded in the last sixty seconds
 * @param latestAnswer the answer finished last; absent before the first
 */
public record HydraReport(
        Model model,
        String mode,
        String acceptance,
        List<Drafter> drafters,
        String device,
        String dataType,
        String dataTypeReason,
        int cacheRows,
        Requests requests,
        Dials lifetime,
        Dials lastMinute,
        @Nullable Dials latestAnswer) {

    public HydraReport {
        drafters = List.copyOf(drafters);
    }

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

    /**
     * A set of draft heads and the tree that they draft.
     *
     * @param mode medusa or hydra
     * @param kind medusa, hydra or hydra++
     * @param heads how many there are
     * @param treeNodes nodes of the tree, the root included
     * @param treeDepth levels of the tree below the root
     */
    public record Drafter(String mode, String kind, int heads, int treeNodes, int treeDepth) {

        static Drafter of(DrafterDescription drafter) {
            return new Drafter(
                    drafter.mode().label(), drafter.kind(), drafter.heads(), drafter.treeNodes(), drafter.treeDepth());
        }
    }

    /** The rule of acceptance as {@code hydra.decoding.acceptance} names it. */
    static String acceptance(ModelDescription model) {
        return model.acceptance() instanceof Exact ? "exact" : "typical";
    }

    /** Requests being decoded, and waiting to be. */
    public record Requests(int active, int queued) {}

    /**
     * How decoding went. Requests that are decoded together share the time of a step, so times add up to what the engine spent;
     * of one answer among several, they are its share.
     *
     * @param steps verification passes of one sequence that yielded a token
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
     * @param accepted steps that yielded a token beyond this depth: tokens that drafting saved a step
     * @param acceptedPerStep the same per verification step: how often a step got this deep
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
