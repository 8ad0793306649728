package dev.hydra;

import dev.hydra.decode.DecodeListener;
import dev.hydra.draft.DecodingMode;
import dev.hydra.graph.DataType;
import dev.hydra.sampling.AcceptanceRule;
import dev.hydra.sampling.Exact;
import dev.hydra.text.ChatTemplate;
import dev.hydra.tree.TreeShape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What to open and how to run it.
 *
 * @param model            folder of the base model, in Hugging Face's layout
 * @param heads            folders of draft heads: one set of Medusa heads, one of Hydra or Hydra++ heads, or both; without any,
 *                         decoding is plain
 * @param ownEmbeddings    whether the embedding table that comes with the heads replaces the base model's, as in the authors' code
 * @param mode             how drafts are made where a request does not say; null for Hydra heads, else Medusa's, else plain decoding
 * @param tree             the draft tree; null for {@code tree.json} in the heads' folder, else the tree named {@code default}, no
 *                         deeper than there are heads
 * @param acceptance       what is kept of a draft where a request does not say
 * @param device           {@code auto} (a GPU where there is one), {@code cpu}, {@code gpu} or {@code gpu1}
 * @param dataType         of weights and activations; null for the device's own: float32 on a CPU, which is exact, and bfloat16 on a GPU, or float16 on one
 *                         that has no bfloat16
 * @param rows             rows of the cache: requests that are decoded together at most
 * @param positions        positions of a cache row, prompt and answer together, in tokens; 0 for what the model knows, 4096 at most
 * @param queue            requests that may wait
 * @param promptChunk      tokens of a prompt that are read in one pass at most
 * @param chatTemplate     {@code auto} for the model's own, the name of a format in {@link ChatTemplate#builtIn}, or the
 *                         path of a Jinja file
 * @param warmUp           whether a few tokens are generated before the model is handed out, so that the first answer does not wait for
 *                         what libtorch and the JVM do once; neither statistics nor listeners hear of them
 * @param listeners        told of prefills, steps and ends as they happen
 */
public record HydraOptions(
        Path model,
        List<Path> heads,
        boolean ownEmbeddings,
        @Nullable DecodingMode mode,
        @Nullable TreeShape tree,
        AcceptanceRule acceptance,
        String device,
        @Nullable DataType dataType,
        int rows,
        int positions,
        int queue,
        int promptChunk,
        String chatTemplate,
        boolean warmUp,
        List<DecodeListener> listeners) {

    public HydraOptions {
        heads = List.copyOf(heads);
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
        private List<Path> heads = List.of();
        private boolean ownEmbeddings;
        private @Nullable DecodingMode mode;
        private @Nullable TreeShape tree;
        private AcceptanceRule acceptance = new Exact();
        private String device = "auto";
        private @Nullable DataType dataType;
        private int rows = 4;
        private int positions;
        private int queue = 64;
        private int promptChunk = 512;
        private String chatTemplate = ChatTemplate.AUTO;
        private boolean warmUp;
        private final List<DecodeListener> listeners = new ArrayList<>();

        private Builder(Path model) {
            this.model = model;
        }

        /** Folder of the draft heads. Default: none, plain decoding. */
        public Builder heads(@Nullable Path heads) {
            return heads(heads == null ? List.of() : List.of(heads));
        }

        /** Folders of draft heads: one set of Medusa heads, one of Hydra or Hydra++ heads, or both. Default: none. */
        public Builder heads(List<Path> heads) {
            this.heads = List.copyOf(heads);
            return this;
        }

        /** Whether the embedding table that comes with the heads replaces the base model's. Default: no. */
        public Builder ownEmbeddings(boolean ownEmbeddings) {
            this.ownEmbeddings = ownEmbeddings;
            return this;
        }

        /** How drafts are made where a request does not say. Default: with Hydra heads, else Medusa's, else not at all. */
        public Builder mode(@Nullable DecodingMode mode) {
            this.mode = mode;
            return this;
        }

        /** What is kept of a draft where a request does not say. Default: {@link Exact}. */
        public Builder acceptance(AcceptanceRule acceptance) {
            this.acceptance = acceptance;
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

        /** The data type. Default: the device's own, {@code null}: float32 on a CPU, bfloat16 on a GPU, float16 on an older one. */
        public Builder dataType(@Nullable DataType dataType) {
            this.dataType = dataType;
            return this;
        }

        /** Requests that are decoded together at most. Default: 4. */
        public Builder rows(int rows) {
            this.rows = rows;
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

        /**
         * The chat template: {@code auto} for the model's own, the name of a format in {@link ChatTemplate#builtIn}, or the path of
         * a Jinja file. Default: {@code auto}.
         */
        public Builder chatTemplate(String chatTemplate) {
            this.chatTemplate = chatTemplate;
            return this;
        }

        /** Whether a few tokens are generated, and forgotten, before the model is handed out. Default: no. */
        public Builder warmUp(boolean warmUp) {
            this.warmUp = warmUp;
            return this;
        }

        /** Adds a listener. */
        public Builder listener(DecodeListener listener) {
            listeners.add(listener);
            return this;
        }

        /** The options. */
        public HydraOptions build() {
            return new HydraOptions(
                    model,
                    heads,
                    ownEmbeddings,
                    mode,
                    tree,
                    acceptance,
                    device,
                    dataType,
                    rows,
                    positions,
                    queue,
                    promptChunk,
                    chatTemplate,
                    warmUp,
                    listeners);
        }
    }
}
