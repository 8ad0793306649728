package dev.hydra.checkpoint;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
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
 * The sizes and constants of a Llama model, as its {@code config.json} gives them.
 *
 * @param family         {@code llama}
 * @param vocabulary     token ids
 * @param width          numbers in a hidden row
 * @param intermediate   numbers inside a feed-forward block
 * @param layers         decoder layers
 * @param heads          attention heads
 * @param keyValueHeads  key and value heads; each serves {@code heads / keyValueHeads} attention heads
 * @param headWidth      numbers per head; even, not always {@code width / heads}
 * @param ropeTheta      base of the rotary embedding's wavelengths
 * @param rmsNormEpsilon added to the mean square before its root is taken
 * @param tiedEmbeddings whether the output layer is the embedding table
 * @param attentionBias  whether the four attention projections have a bias
 * @param positions      the longest sequence the model was made for, in tokens
 * @param endTokens      ids that end an answer; may be empty
 * @param beginToken     id that begins a text; null if the model has none
 */
public record ModelConfig(
        String family,
        int vocabulary,
        int width,
        int intermediate,
        int layers,
        int heads,
        int keyValueHeads,
        int headWidth,
        double ropeTheta,
        double rmsNormEpsilon,
        boolean tiedEmbeddings,
        boolean attentionBias,
        int positions,
        List<Integer> endTokens,
        @Nullable Integer beginToken) {
    /** The file that holds it. */
    public static final String FILE = "config.json";

    private static final String FAMILY = "llama";
    private static final String ARCHITECTURE = "LlamaForCausalLM";
    /** The same Llama, with Medusa heads among its tensors. */
    private static final String MEDUSA_ARCHITECTURE = "MedusaModelLlama";

    private static final String OUTPUT_LAYER = "lm_head.weight";

    /** Checks that the sizes fit each other. */
    public ModelConfig {
        endTokens = List.copyOf(endTokens);
        if (!family.equals(FAMILY)) {
            throw new IllegalArgumentException("family is '%s'; expected '%s'".formatted(family, FAMILY));
        }
        requirePositive("vocab_size", vocabulary);
        requirePositive("hidden_size", width);
        requirePositive("intermediate_size", intermediate);
        requirePositive("num_hidden_layers", layers);
        requirePositive("num_attention_heads", heads);
        requirePositive("num_key_value_heads", keyValueHeads);
        requirePositive("head_dim", headWidth);
        requirePositive("max_position_embeddings", positions);
        requirePositive("rope_theta", ropeTheta);
        requirePositive("rms_norm_eps", rmsNormEpsilon);
        if (heads % keyValueHeads != 0) {
            throw new IllegalArgumentException(
                    "num_key_value_heads is %d; expected a divisor of num_attention_heads, %d"
                            .formatted(keyValueHeads, heads));
        }
        if (headWidth % 2 != 0) {
            throw new IllegalArgumentException("head_dim is %d; expected an even number".formatted(headWidth));
        }
    }

    /**
     * Reads {@code config.json}, and the end tokens of {@code generation_config.json} where there is one.
     *
     * @throws CheckpointException if a file or key is missing or wrong, or asks for something that this engine does not
     *     do: another architecture, scaled rotary embeddings, quantised weights
     */
    public static ModelConfig read(Path folder) {
        Json json = Json.read(folder.resolve(FILE));
        requireSupported(json);
        int width = json.requiredSize("hidden_size");
        int heads = json.requiredSize("num_attention_heads");
        if (!json.has("head_dim") && width % heads != 0) {
            throw json.wrong("num_attention_heads", "a divisor of hidden_size, %d, or a head_dim".formatted(width));
        }
        Json generation = GenerationDefaults.json(folder);
        List<Integer> beginTokens = json.integers("bos_token_id");
        try {
            return new ModelConfig(
                    FAMILY,
                    json.requiredSize("vocab_size"),
                    width,
                    json.requiredSize("intermediate_size"),
                    json.requiredSize("num_hidden_layers"),
                    heads,
                    json.size("num_key_value_heads").orElse(heads),
                    json.size("head_dim").orElse(width / heads),
                    ropeTheta(json),
                    json.requiredNumber("rms_norm_eps"),
                    json.flag("tie_word_embeddings"),
                    json.flag("attention_bias"),
                    json.requiredSize("max_position_embeddings"),
                    (generation.has("eos_token_id") ? generation : json).integers("eos_token_id"),
                    beginTokens.isEmpty() ? null : beginTokens.get(0));
        } catch (IllegalArgumentException e) {
            throw new CheckpointException("%s: %s".formatted(FILE, e.getMessage()), e);
        }
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
        JsonObject json = new JsonObject();
        JsonArray architectures = new JsonArray();
        architectures.add(ARCHITECTURE);
        json.add("architectures", architectures);
        json.addProperty("attention_bias", attentionBias);
        if (beginToken != null) {
            json.addProperty("bos_token_id", beginToken);
        }
        if (endTokens.size() == 1) {
            json.addProperty("eos_token_id", endTokens.get(0));
        } else if (!endTokens.isEmpty()) {
            JsonArray ids = new JsonArray();
            endTokens.forEach(ids::add);
            json.add("eos_token_id", ids);
        }
        json.addProperty("head_dim", headWidth);
        json.addProperty("hidden_act", "silu");
        json.addProperty("hidden_size", width);
        json.addProperty("intermediate_size", intermediate);
        json.addProperty("max_position_embeddings", positions);
        json.addProperty("model_type", family);
        json.addProperty("num_attention_heads", heads);
        json.addProperty("num_hidden_layers", layers);
        json.addProperty("num_key_value_heads", keyValueHeads);
        json.addProperty("rms_norm_eps", rmsNormEpsilon);
        json.addProperty("rope_theta", ropeTheta);
        json.addProperty("tie_word_embeddings", tiedEmbeddings);
        json.addProperty("vocab_size", vocabulary);
        Files.writeString(
                folder.resolve(FILE),
                new GsonBuilder().setPrettyPrinting().create().toJson(json) + "\n");
    }

    /** The names and shapes of the model's tensors, in the order in which the model uses them. */
    public Map<String, List<Long>> tensorShapes() {
        Map<String, List<Long>> shapes = new LinkedHashMap<>();
        shapes.put("model.embed_tokens.weight", List.of((long) vocabulary, (long) width));
        for (int layer = 0; layer < layers; layer++) {
            shapes.putAll(layerShapes(layer, attentionBias));
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

    /** The names and shapes of one layer's tensors, with or without biases of its attention projections. */
    Map<String, List<Long>> layerShapes(int layer, boolean biased) {
        Map<String, List<Long>> shapes = new LinkedHashMap<>();
        String name = "model.layers.%d.".formatted(layer);
        long queries = (long) heads * headWidth;
        long keys = (long) keyValueHeads * headWidth;
        shapes.put(name + "input_layernorm.weight", List.of((long) width));
        Map<String, List<Long>> projections = new LinkedHashMap<>();
        projections.put("q_proj", List.of(queries, (long) width));
        projections.put("k_proj", List.of(keys, (long) width));
        projections.put("v_proj", List.of(keys, (long) width));
        projections.put("o_proj", List.of((long) width, queries));
        projections.forEach((projection, shape) -> {
            shapes.put(name + "self_attn." + projection + ".weight", shape);
            if (biased) {
                shapes.put(name + "self_attn." + projection + ".bias", List.of(shape.get(0)));
            }
        });
        shapes.put(name + "post_attention_layernorm.weight", List.of((long) width));
        shapes.put(name + "mlp.gate_proj.weight", List.of((long) intermediate, (long) width));
        shapes.put(name + "mlp.up_proj.weight", List.of((long) intermediate, (long) width));
        shapes.put(name + "mlp.down_proj.weight", List.of((long) width, (long) intermediate));
        return shapes;
    }

    private static void requirePositive(String key, double value) {
        if (!(value > 0) || Double.isInfinite(value)) {
            throw new IllegalArgumentException("%s is %s; expected a number above 0"
                    .formatted(key, value == Math.rint(value) ? (Object) (long) value : value));
        }
    }

    private static void requireSupported(Json json) {
        if (!json.string("model_type").orElse("").equals(FAMILY)) {
            throw json.has("model_type")
                    ? json.wrong("model_type", "\"%s\"".formatted(FAMILY))
                    : new CheckpointException(
                            "%s: 'model_type' is missing; expected \"%s\"".formatted(json.file(), FAMILY));
        }
        boolean medusa = json.has("medusa_num_heads")
                && json.has("architectures")
                && lists(json.object().get("architectures"), MEDUSA_ARCHITECTURE);
        if (json.has("architectures") && !medusa && !lists(json.object().get("architectures"), ARCHITECTURE)) {
            throw json.wrong("architectures", "[\"%s\"]".formatted(ARCHITECTURE));
        }
        if (!json.string("hidden_act").orElse("silu").equals("silu")) {
            throw json.wrong("hidden_act", "\"silu\"");
        }
        if (json.flag("mlp_bias")) {
            throw json.wrong("mlp_bias", "false: biases in the feed-forward blocks are not supported");
        }
        if (json.has("quantization_config")) {
            throw json.wrong("quantization_config", "none: quantised weights are not supported");
        }
        requirePlainRope(json, "rope_scaling");
        requirePlainRope(json, "rope_parameters");
        if (json.number("partial_rotary_factor", 1) != 1) {
            throw json.wrong("partial_rotary_factor", "1: rotating a part of each head is not supported");
        }
    }

    private static void requirePlainRope(Json json, String key) {
        if (!json.has(key)) {
            return;
        }
        Json rope = json.object(key);
        String type = rope.string("rope_type").or(() -> rope.string("type")).orElse("default");
        if (!type.equals("default") || rope.number("partial_rotary_factor", 1) != 1) {
            throw json.wrong(key, "none, or one of rope_type \"default\": scaled rotary embeddings are not supported");
        }
    }

    private static double ropeTheta(Json json) {
        double theta = json.number("rope_theta", 10_000);
        return json.has("rope_parameters") ? json.object("rope_parameters").number("rope_theta", theta) : theta;
    }

    private static boolean lists(JsonElement list, String text) {
        return list.isJsonArray()
                && list.getAsJsonArray().asList().stream()
                        .anyMatch(element -> element.isJsonPrimitive()
                                && element.getAsString().equals(text));
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
        private double ropeTheta = 10_000;
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

        /** Base of the rotary embedding's wavelengths; 10000 by default. */
        public Builder ropeTheta(double ropeTheta) {
            this.ropeTheta = ropeTheta;
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

        /** Whether the attention projections have a bias; no by default. */
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
                    FAMILY,
                    vocabulary,
                    width,
                    intermediate,
                    layers,
                    heads,
                    keyValueHeads,
                    headWidth,
                    ropeTheta,
                    rmsNormEpsilon,
                    tiedEmbeddings,
                    attentionBias,
                    positions,
                    endTokens,
                    beginToken);
        }
    }
}
