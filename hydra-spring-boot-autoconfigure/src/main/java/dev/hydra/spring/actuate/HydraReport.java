package dev.hydra.spring.actuate;

import dev.hydra.Hydra;
import dev.hydra.MemoryUse;
import dev.hydra.ModelDescription;
import dev.hydra.ModelDescription.DrafterDescription;
import dev.hydra.decode.DecodeStatistics;
import dev.hydra.draft.DecodingDefaults;
import dev.hydra.sampling.Exact;
import dev.hydra.tree.TreeLevel;
import dev.hydra.tree.TreeShape;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * The state of the engine at one moment, as the endpoint tells it. Every component is a section that can be asked for alone.
 *
 * @param lifetime everything since the engine was opened
 * @param lastMinute what was decoded in the last sixty seconds
 * @param latestAnswer the answer finished last; absent before the first
 */
public record HydraReport(
        Model model,
        OnDevice device,
        Decoding decoding,
        Memory memory,
        Cache cache,
        Requests requests,
        Dials lifetime,
        Dials lastMinute,
        @Nullable Dials latestAnswer) {

    static HydraReport of(Hydra hydra, RecentDecoding recent) {
        ModelDescription model = hydra.description();
        return new HydraReport(
                Model.of(hydra),
                new OnDevice(model.device(), model.dataType(), model.dataTypeReason()),
                Decoding.of(hydra),
                Memory.of(hydra),
                Cache.of(hydra),
                new Requests(hydra.active(), hydra.queued(), hydra.queueCapacity()),
                Dials.of(hydra.statistics()),
                Dials.of(recent.lastMinute()),
                recent.latestAnswer().map(Dials::of).orElse(null));
    }

    /** The component of that name; null where there is none, or where it is absent. */
    @Nullable
    Object section(String name) {
        return switch (name) {
            case "model" -> model;
            case "device" -> device;
            case "decoding" -> decoding;
            case "memory" -> memory;
            case "cache" -> cache;
            case "requests" -> requests;
            case "lifetime" -> lifetime;
            case "lastMinute" -> lastMinute;
            case "latestAnswer" -> latestAnswer;
            default -> null;
        };
    }

    /**
     * The base model.
     *
     * @param positions tokens that a prompt and its answer may have together
     * @param loadSeconds that opening it took
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
            double loadSeconds) {

        static Model of(Hydra hydra) {
            ModelDescription model = hydra.description();
            return new Model(
                    model.name(),
                    model.family(),
                    model.parameters(),
                    model.width(),
                    model.layers(),
                    model.heads(),
                    model.vocabulary(),
                    model.positions(),
                    seconds(hydra.loadTime()));
        }
    }

    /**
     * Where it runs.
     *
     * @param dataTypeReason why it is that one: as asked, or what suits the device
     */
    public record OnDevice(String name, String dataType, String dataTypeReason) {}

    /**
     * What requests get that do not ask.
     *
     * @param mode how drafts are made: plain, medusa or hydra
     * @param acceptance what is kept of a draft: exact or typical
     * @param drafters the sets of heads that requests may ask for; empty when there is plain decoding only
     */
    public record Decoding(String mode, String acceptance, List<Drafter> drafters) {

        public Decoding {
            drafters = List.copyOf(drafters);
        }

        static Decoding of(Hydra hydra) {
            ModelDescription model = hydra.description();
            DecodingDefaults defaults = hydra.defaults();
            return new Decoding(
                    model.mode().label(),
                    HydraReport.acceptance(model),
                    model.drafters().stream()
                            .map(drafter -> Drafter.of(drafter, defaults.tree(drafter.mode())))
                            .toList());
        }
    }

    /**
     * A set of draft heads and the tree that they draft.
     *
     * @param mode medusa or hydra
     * @param kind medusa, hydra or hydra++
     * @param heads how many there are
     * @param treeNodes nodes of the tree, the root included
     * @param treeLevels nodes at each depth below the root: what each head drafts in a step
     */
    public record Drafter(String mode, String kind, int heads, int treeNodes, List<Integer> treeLevels) {

        public Drafter {
            treeLevels = List.copyOf(treeLevels);
        }

        static Drafter of(DrafterDescription drafter, TreeShape tree) {
            return new Drafter(
                    drafter.mode().label(),
                    drafter.kind(),
                    drafter.heads(),
                    tree.size(),
                    tree.levels().stream().map(TreeLevel::size).toList());
        }
    }

    /** The rule of acceptance as {@code hydra.decoding.acceptance} names it. */
    static String acceptance(ModelDescription model) {
        return model.acceptance() instanceof Exact ? "exact" : "typical";
    }

    /**
     * Memory of the device, in bytes.
     *
     * @param weightBytes what the weights take, the draft heads' included
     * @param cacheBytes what the cache takes, used or not
     * @param availableBytes what the device has left; absent where that cannot be known
     */
    public record Memory(
            long weightBytes, long cacheBytes, @Nullable Long availableBytes) {

        static Memory of(Hydra hydra) {
            MemoryUse memory = hydra.memory();
            OptionalLong available = memory.available();
            return new Memory(memory.weights(), memory.cache(), available.isPresent() ? available.getAsLong() : null);
        }
    }

    /**
     * The cache of keys and values.
     *
     * @param rows requests that are decoded together at most
     * @param positions tokens that a row has room for
     * @param usedTokens tokens that lie in it now
     */
    public record Cache(int rows, int positions, int usedTokens) {

        static Cache of(Hydra hydra) {
            ModelDescription model = hydra.description();
            return new Cache(model.rows(), model.positions(), hydra.cachedTokens());
        }
    }

    /** Requests being decoded, waiting to be, and how many may wait. */
    public record Requests(int active, int queued, int queueCapacity) {}

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
    }

    private static double seconds(Duration duration) {
        return rounded(duration.toNanos() / 1e9);
    }

    /** Three digits after the point are what a reader can use. */
    private static double rounded(double value) {
        return Math.round(value * 1000) / 1000.0;
    }
}
