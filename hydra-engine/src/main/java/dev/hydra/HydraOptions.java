package dev.hydra;

import dev.hydra.decode.DecodeListener;
import dev.hydra.graph.DataType;
import dev.hydra.tree.TreeShape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What to open and how to run it.
 *
 * @param model       folder of the base model, in Hugging Face's layout
 * @param heads       folder of the draft heads, in the paper authors' layout; without one, decoding is plain
 * @param tree        the draft tree; without one, {@code tree.json} in the heads' folder, else the tree named {@code default},
 *                    no deeper than there are heads
 * @param device      {@code auto} (a GPU where there is one), {@code cpu}, {@code gpu} or {@code gpu1}
 * @param dataType    of weights and activations; without one, float32 on a CPU, which is exact, and bfloat16 on a GPU
 * @param positions   positions of a cache row, prompt and answer together, in tokens; 0 for what the model knows, 4096 at most
 * @param queue       requests that may wait
 * @param promptChunk tokens of a prompt that are read in one pass at most
 * @param listeners   told of prefills, steps and ends as they happen
 */
public record HydraOptions(
        Path model,
        @Nullable Path heads,
        @Nullable TreeShape tree,
        String device,
        @Nullable DataType dataType,
        int positions,
        int queue,
        int promptChunk,
        List<DecodeListener> listeners) {

    public HydraOptions {
        listeners = List.copyOf(listeners);
        if (positions < 0) {
            throw new IllegalArgumentException(
                    "cache positions are %d; expected 0 for what the model knows, or 2 or more".formatted(positions));
        }
    }

    /** Options with their defaults, for a model. */
    public static Builder builder(Path model) {
        return new Builder(model);
    }

    /** Collects options; every one but the model has a default. */
    public static final class Builder {

        private final Path model;
        private @Nullable Path heads;
        private @Nullable TreeShape tree;
        private String device = "auto";
        private @Nullable DataType dataType;
        private int positions;
        private int queue = 64;
        private int promptChunk = 512;
        private final List<DecodeListener> listeners = new ArrayList<>();

        private Builder(Path model) {
            this.model = model;
        }

        /** Folder of the draft heads. Default: none, plain decoding. */
        public Builder heads(@Nullable Path heads) {
            this.heads = heads;
            return this;
        }

        /** The draft tree. Default: {@code tree.json} of the heads, else the tree named {@code default}. */
        public Builder tree(@Nullable TreeShape tree) {
            this.tree = tree;
            return this;
        }

        /** The device. Default: {@code auto}. */
        public Builder device(String device) {
            this.device = device;
            return this;
        }

        /** The data type. Default: float32 on a CPU, bfloat16 on a GPU. */
        public Builder dataType(@Nullable DataType dataType) {
            this.dataType = dataType;
            return this;
        }

        /** Positions of a cache row, in tokens. Default: what the model knows, 4096 at most. */
        public Builder positions(int positions) {
            this.positions = positions;
            return this;
        }

        /** Requests that may wait. Default: 64. */
        public Builder queue(int queue) {
            this.queue = queue;
            return this;
        }

        /** Tokens of a prompt that are read in one pass at most. Default: 512. */
        public Builder promptChunk(int promptChunk) {
            this.promptChunk = promptChunk;
            return this;
        }

        /** Adds a listener. */
        public Builder listener(DecodeListener listener) {
            listeners.add(listener);
            return this;
        }

        /** The options. */
        public HydraOptions build() {
            return new HydraOptions(model, heads, tree, device, dataType, positions, queue, promptChunk, listeners);
        }
    }
}
