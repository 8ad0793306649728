package dev.hydra.checkpoint;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The sizes and constants of a base model, as its {@code config.json} gives them.
 *
 * @param family         whose kind of layers it has
 * @param vocabulary     token ids
 * @param width          numbers in a hidden row
 * @param intermediate   numbers inside a feed-forward block
 * @param layers         decoder layers
 * @param heads          attention heads
 * @param keyValueHeads  key and value heads; each serves {@code heads / keyValueHeads} attention heads
 * @param headWidth      numbers per head; even, not always {@code width / heads}
 * @param rope           the rotary embedding of positions
 * @param rmsNormEpsilon added to the mean square before its root is taken
 * @param tiedEmbeddings whether the output layer is the embedding table
 * @param attentionBias  whether the attention projections have a bias: all four, or all but the output's in {@link Family#QWEN2}
 * @param window         layers that do not see the whole text
 * @param tempering      how scores are kept in bounds
 * @param positions      {@code max_position_embeddings}, in tokens; scaling may allow for more, see {@link #longest}
 * @param endTokens      ids that end an answer; may be empty
 * @param beginToken     id that begins a text; null if the model has none
 */
public record ModelConfig(
        Family family,
        int vocabulary,
        int width,
        int intermediate,
        int layers,
        int heads,
        int keyValueHeads,
        int headWidth,
        Rope rope,
        double rmsNormEpsilon,
        boolean tiedEmbeddings,
        boolean attentionBias,
        SlidingWindow window,
        Tempering tempering,
        int positions,
        List<Integer> endTokens,
        @Nullable Integer beginToken) {
    /** The file that holds it. */
    public static final String FILE = "config.json";

    private static final String OUTPUT_LAYER = "lm_head.weight";

    /** Checks that the sizes fit each other. */
    public ModelConfig {
        endTokens = List.copyOf(endTokens);
        requirePositive("vocab_size", vocabulary);
        requirePositive("hidden_size", width);
        requirePositive("intermediate_size", intermediate);
        requirePositive("num_hidden_layers", layers);
        requirePositive("num_attention_heads", heads);
        requirePositive("num_key_value_heads", keyValueHeads);
        requirePositive("head_dim", headWidth);
        requirePositive("max_position_embeddings", positions);
        requirePositive("rms_norm_eps", rmsNormEpsilon);
        if (heads % keyValueHeads != 0) {
            throw new IllegalArgumentException(
                    "num_key_value_heads is %d; expected a divisor of num_attention_heads, %d"
                            .formatted(keyValueHeads, heads));
        }
        if (headWidth % 2 != 0) {
            throw new IllegalArgumentException("head_dim is %d; expected an even number".formatted(headWidth));
        }
        requireLikeFamily(family, layers, window);
        if (family != Family.GEMMA2 && !tempering.equals(Tempering.plain(headWidth))) {
            throw new IllegalArgumentException("%s; %s tempers no scores".formatted(tempering, family.label()));
        }
        if (attentionBias != (family == Family.QWEN2) && !family.hasAttentionBiasKey()) {
            throw new IllegalArgumentException("attention_bias is %s; expected %s for %s"
                    .formatted(attentionBias, !attentionBias, family.label()));
        }
    }

    /**
     * Reads {@code config.json}, and the end tokens of {@code generation_config.json} where there is one.
     *
     * @throws CheckpointException if a file or key is missing or wrong, or asks for something that this engine does not
     *     do: another family, another kind of scaled rotary embeddings, quantised weights
     */
    public static ModelConfig read(Path folder) {
        return ConfigFile.read(folder);
    }

    /**
     * A Llama of these sizes with a head width of {@code width / heads} and as many key and value heads as heads; the
     * rest as Llama 2 has it, without end and begin tokens.
     */
    public static Builder llama(int vocabulary, int width, int layers, int heads) {
        return new Builder(vocabulary, width, layers, heads);
    }

    /** Writes {@code config.json} as transformers reads it; the folder must exist. */
    public void write(Path folder) throws IOException {
        ConfigFile.write(this, folder);
    }

    /** The longest sequence, in tokens: {@code max_position_embeddings}, or what scaled rotary embeddings make of it. */
    public int longest() {
        return rope.scaling().positions(positions);
    }

    /** What the embeddings of tokens are multiplied by before the first layer. */
    public double embeddingScale() {
        return family == Family.GEMMA2 ? Math.sqrt(width) : 1;
    }

    /** The names of a layer's tensors, by what they are for. */
    public LayerTensors layer(int layer) {
        return LayerTensors.of(family, attentionBias).within("model.layers.%d.".formatted(layer));
    }

    /** The names and shapes of the model's tensors, layer by layer, in the order of {@link LayerTensors#parts}. */
    public Map<String, List<Long>> tensorShapes() {
        Map<String, List<Long>> shapes = new LinkedHashMap<>();
        shapes.put("model.embed_tokens.weight", List.of((long) vocabulary, (long) width));
        for (int layer = 0; layer < layers; layer++) {
            shapes.putAll(layer(layer).shapes(this));
        }
        shapes.put("model.norm.weight", List.of((long) width));
        if (!tiedEmbeddings) {
            shapes.put(OUTPUT_LAYER, List.of((long) vocabulary, (long) width));
        }
        return Collections.unmodifiableMap(shapes);
    }

    /** Tensors that a file of this model may hold and nobody needs: rotary tables, and the copy of tied embeddings. */
    public Set<String> ignorableTensors() {
        Stream<String> tables =
                IntStream.range(0, layers).mapToObj("model.layers.%d.self_attn.rotary_emb.inv_freq"::formatted);
        Stream<String> others = tiedEmbeddings
                ? Stream.of("model.rotary_emb.inv_freq", OUTPUT_LAYER)
                : Stream.of("model.rotary_emb.inv_freq");
        return Stream.concat(tables, others).collect(Collectors.toUnmodifiableSet());
    }

    /** How many numbers the model's tensors hold together. */
    public long parameters() {
        return tensorShapes().values().stream()
                .mapToLong(shape -> shape.stream().reduce(1L, Math::multiplyExact))
                .sum();
    }

    private static void requirePositive(String key, double value) {
        if (!(value > 0) || Double.isInfinite(value)) {
            throw new IllegalArgumentException("%s is %s; expected a number above 0"
                    .formatted(key, value == Math.rint(value) ? (Object) (long) value : value));
        }
    }

    private static void requireLikeFamily(Family family, int layers, SlidingWindow window) {
        String expected = switch (family.windowing()) {
            case NEVER -> window.size() == 0 ? "" : "none";
            case ALWAYS -> window.size() == 0 || window.layers().size() == layers ? "" : "all or none";
            case BY_LAYER -> "";
        };
        if (window.layers().stream().anyMatch(layer -> layer < 0 || layer >= layers)) {
            expected = "layers that the model has";
        }
        if (!expected.isEmpty()) {
            throw new IllegalArgumentException("a sliding window in layers %s of %d; expected %s for %s"
                    .formatted(window.layers(), layers, expected, family.label()));
        }
    }

    /** Collects what a configuration needs; not for use by several threads. */
    public static final class Builder {
        private final int vocabulary;
        private final int width;
        private final int layers;
        private final int heads;
        private int intermediate;
        private int keyValueHeads;
        private int headWidth;
        private Family family = Family.LLAMA;
        private Rope rope = Rope.of(10_000);
        private SlidingWindow window = SlidingWindow.NONE;
        private @Nullable Tempering tempering;
        private double rmsNormEpsilon = 1e-5;
        private boolean tiedEmbeddings;
        private boolean attentionBias;
        private int positions = 4096;
        private List<Integer> endTokens = List.of();
        private @Nullable Integer beginToken;

        private Builder(int vocabulary, int width, int layers, int heads) {
            this.vocabulary = vocabulary;
            this.width = width;
            this.layers = layers;
            this.heads = heads;
            this.intermediate = 4 * width;
            this.keyValueHeads = heads;
            this.headWidth = width / heads;
        }

        /** Numbers inside a feed-forward block; four times the width by default. */
        public Builder intermediate(int intermediate) {
            this.intermediate = intermediate;
            return this;
        }

        /** Key and value heads; as many as heads by default. */
        public Builder keyValueHeads(int keyValueHeads) {
            this.keyValueHeads = keyValueHeads;
            return this;
        }

        /** Numbers per head; the width divided by the heads by default. */
        public Builder headWidth(int headWidth) {
            this.headWidth = headWidth;
            return this;
        }

        /** Whose kind of layers it has; Llama's by default. */
        public Builder family(Family family) {
            this.family = family;
            return this;
        }

        /** Base of the rotary embedding's wavelengths, without scaling; 10000 by default. */
        public Builder ropeTheta(double ropeTheta) {
            this.rope = Rope.of(ropeTheta);
            return this;
        }

        /** The rotary embedding; one of base 10000 without scaling by default. */
        public Builder rope(Rope rope) {
            this.rope = rope;
            return this;
        }

        /** Layers that do not see the whole text; none by default. */
        public Builder window(SlidingWindow window) {
            this.window = window;
            return this;
        }

        /** How scores are kept in bounds; {@link Tempering#plain} by default. */
        public Builder tempering(Tempering tempering) {
            this.tempering = tempering;
            return this;
        }

        /** Added to the mean square of a row; 1e-5 by default. */
        public Builder rmsNormEpsilon(double rmsNormEpsilon) {
            this.rmsNormEpsilon = rmsNormEpsilon;
            return this;
        }

        /** Whether the output layer is the embedding table; no by default. */
        public Builder tiedEmbeddings(boolean tiedEmbeddings) {
            this.tiedEmbeddings = tiedEmbeddings;
            return this;
        }

        /** Whether the attention projections have a bias; no by default, but in {@link Family#QWEN2}. */
        public Builder attentionBias(boolean attentionBias) {
            this.attentionBias = attentionBias;
            return this;
        }

        /** The longest sequence, in tokens; 4096 by default. */
        public Builder positions(int positions) {
            this.positions = positions;
            return this;
        }

        /** Ids that end an answer; none by default. */
        public Builder endTokens(List<Integer> endTokens) {
            this.endTokens = List.copyOf(endTokens);
            return this;
        }

        /** Id that begins a text; none by default. */
        public Builder beginToken(int beginToken) {
            this.beginToken = beginToken;
            return this;
        }

        /** The configuration; {@link IllegalArgumentException} if the sizes do not fit each other. */
        public ModelConfig build() {
            return new ModelConfig(
                    family,
                    vocabulary,
                    width,
                    intermediate,
                    layers,
                    heads,
                    keyValueHeads,
                    headWidth,
                    rope,
                    rmsNormEpsilon,
                    tiedEmbeddings,
                    attentionBias || family == Family.QWEN2,
                    window,
                    tempering == null ? Tempering.plain(headWidth) : tempering,
                    positions,
                    endTokens,
                    beginToken);
        }
    }
}
