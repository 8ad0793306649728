package dev.hydra.graph;

import dev.hydra.checkpoint.ModelConfig;
import java.util.Locale;
import java.util.OptionalLong;

/**
 * The memory that a model takes on its device, in bytes: known before it is loaded. What the JVM and libtorch themselves take is not
 * in it.
 *
 * @param weights of the base model in their data type, the second copy of tied embeddings included where there is one
 * @param heads   of the draft heads
 * @param cache   keys and values of all rows and layers, that of a prefix layer included
 * @param work    the most that loading a tensor or a pass takes for as long as it lasts
 */
public record ModelMemory(long weights, long heads, long cache, long work) {
    /** Nodes of a sequence that are verified at once, if trees are large. */
    private static final int NODES = 64;

    /** Tokens that are read at once, unless the options say otherwise. */
    private static final int CHUNK = 512;

    private static final int FLOAT_BYTES = 4;

    /** Four of these can be added. */
    private static final double LARGEST = 0x1p60;

    /**
     * Estimates the memory of a model.
     *
     * @param heads   what there is of draft heads
     * @param options the device as {@link ModelGraph#device(String)} gives it, the data type, and the cache's rows and positions
     */
    public static ModelMemory of(ModelConfig config, HeadsSize heads, GraphOptions options) {
        boolean onCpu = options.device().equals("cpu");
        double bytes = options.dataType().bytes();
        double table = bytes * config.vocabulary() * config.width();
        // where matrices are packed, no row can be taken out of one; with another table only the output layer is the
        // model's own
        boolean twice = config.tiedEmbeddings() && (onCpu || heads.ownEmbeddings());
        double cacheBytes = onCpu ? FLOAT_BYTES : bytes;
        double layer = 2.0 * config.keyValueHeads() * config.headWidth() * cacheBytes;
        double cells = (double) options.rows() * options.positions();
        double tokens = Math.min(CHUNK, options.positions());
        double pass = tokens
                        * (6.0 * config.width()
                                + 3.0 * config.intermediate()
                                + (double) config.heads() / config.keyValueHeads() * options.positions())
                + 2.0 * NODES * options.rows() * config.vocabulary();
        return new ModelMemory(
                whole(bytes * config.parameters() + (twice ? table : 0)),
                whole(bytes * heads.parameters()),
                whole(layer * cells * (config.layers() + (heads.prefixed() ? 1 : 0))),
                whole(Math.max(table, FLOAT_BYTES * pass)));
    }

    // a product of options may be beyond any long, which is as good as the largest one
    private static long whole(double bytes) {
        return (long) Math.min(bytes, LARGEST);
    }

    /** All of it. */
    public long total() {
        return weights + heads + cache + work;
    }

    /**
     * Demands that a device has room for it.
     *
     * @param options   those that it was estimated for
     * @param available bytes that the device has; nothing where that cannot be known, and nothing is demanded then
     * @return this memory
     * @throws IllegalArgumentException if there is too little; it says how much goes where, and what to change
     */
    public ModelMemory requireFits(GraphOptions options, OptionalLong available) {
        if (available.isPresent() && total() > available.getAsLong()) {
            throw new IllegalArgumentException(
                    ("the model needs %s on %s: %s for weights and %s for draft heads as %s, %s for a cache of %d rows of %d positions,"
                                    + " %s to work in; %s are available: use a smaller data type (hydra.model.data-type), fewer rows"
                                    + " (hydra.cache.rows) or positions (hydra.cache.positions), or another device (hydra.device)")
                            .formatted(
                                    text(total()),
                                    options.device(),
                                    text(weights),
                                    text(heads),
                                    options.dataType().label(),
                                    text(cache),
                                    options.rows(),
                                    options.positions(),
                                    text(work),
                                    text(available.getAsLong())));
        }
        return this;
    }

    private static String text(long bytes) {
        return bytes < 1 << 30
                ? String.format(Locale.ROOT, "%.1f MiB", bytes / (double) (1 << 20))
                : String.format(Locale.ROOT, "%.2f GiB", bytes / (double) (1 << 30));
    }

    /**
     * What matters of the draft heads that are opened with a model.
     *
     * @param parameters    numbers that draft, of all sets
     * @param prefixed      whether there is a prefix layer, which has a cache of its own
     * @param ownEmbeddings whether the heads' embedding table takes the place of the base model's
     */
    public record HeadsSize(long parameters, boolean prefixed, boolean ownEmbeddings) {
        /** No heads. */
        public static HeadsSize none() {
            return new HeadsSize(0, false, false);
        }
    }
}
