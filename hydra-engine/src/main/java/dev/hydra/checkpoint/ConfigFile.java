package dev.hydra.checkpoint;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.hydra.checkpoint.Family.Windowing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Reads and writes the {@code config.json} of a base model. A key that is absent has the value that transformers gives it. */
final class ConfigFile {
    private static final String FULL = "full_attention";
    private static final String SLIDING = "sliding_attention";

    /** More than any model has; what names layers one by one goes no further. */
    private static final int MOST_LAYERS = 10_000;

    private static final int USUAL_WINDOW = 4096;
    private static final int USUAL_FULL_LAYERS = 28;
    private static final double USUAL_QUERY_SCALAR = 256;
    private static final double USUAL_ATTENTION_CAP = 50;
    private static final double USUAL_OUTPUT_CAP = 30;

    private ConfigFile() {}

    static ModelConfig read(Path folder) {
        Json json = Json.read(folder.resolve(ModelConfig.FILE));
        Family family = family(json);
        requireSupported(json, family);
        int width = json.requiredSize("hidden_size");
        int heads = json.requiredSize("num_attention_heads");
        if (!json.has("head_dim") && width % heads != 0) {
            throw json.wrong("num_attention_heads", "a divisor of hidden_size, %d, or a head_dim".formatted(width));
        }
        int headWidth = json.size("head_dim").orElse(width / heads);
        int layers = json.requiredSize("num_hidden_layers");
        int positions = json.requiredSize("max_position_embeddings");
        Json generation = GenerationDefaults.json(folder);
        List<Integer> beginTokens = json.integers("bos_token_id");
        try {
            return new ModelConfig(
                    family,
                    json.requiredSize("vocab_size"),
                    width,
                    json.requiredSize("intermediate_size"),
                    layers,
                    heads,
                    json.size("num_key_value_heads").orElse(heads),
                    headWidth,
                    RopeFile.read(json, positions),
                    json.requiredNumber("rms_norm_eps"),
                    json.has("tie_word_embeddings") ? json.flag("tie_word_embeddings") : family.tiedByDefault(),
                    family == Family.QWEN2 || json.flag("attention_bias"),
                    window(json, family, layers),
                    tempering(json, family, headWidth),
                    positions,
                    (generation.has("eos_token_id") ? generation : json).integers("eos_token_id"),
                    beginTokens.isEmpty() ? null : beginTokens.get(0));
        } catch (IllegalArgumentException e) {
            throw new CheckpointException("%s: %s".formatted(ModelConfig.FILE, e.getMessage()), e);
        }
    }

    static void write(ModelConfig config, Path folder) throws IOException {
        Family family = config.family();
        JsonObject json = new JsonObject();
        JsonArray architectures = new JsonArray();
        architectures.add(family.architecture());
        json.add("architectures", architectures);
        if (family.hasAttentionBiasKey()) {
            json.addProperty("attention_bias", config.attentionBias());
        }
        if (config.beginToken() != null) {
            json.addProperty("bos_token_id", config.beginToken());
        }
        if (config.endTokens().size() == 1) {
            json.addProperty("eos_token_id", config.endTokens().get(0));
        } else if (!config.endTokens().isEmpty()) {
            JsonArray ids = new JsonArray();
            config.endTokens().forEach(ids::add);
            json.add("eos_token_id", ids);
        }
        json.addProperty("head_dim", config.headWidth());
        json.addProperty(family.activationKey(), family.activation());
        json.addProperty("hidden_size", config.width());
        json.addProperty("intermediate_size", config.intermediate());
        json.addProperty("max_position_embeddings", config.positions());
        json.addProperty("model_type", family.label());
        json.addProperty("num_attention_heads", config.heads());
        json.addProperty("num_hidden_layers", config.layers());
        json.addProperty("num_key_value_heads", config.keyValueHeads());
        json.addProperty("rms_norm_eps", config.rmsNormEpsilon());
        RopeFile.write(config.rope(), json);
        json.addProperty("tie_word_embeddings", config.tiedEmbeddings());
        json.addProperty("vocab_size", config.vocabulary());
        write(config.window(), config, json);
        if (family == Family.GEMMA2) {
            json.addProperty("attn_logit_softcapping", cap(config.tempering().attentionCap()));
            json.addProperty("final_logit_softcapping", cap(config.tempering().outputCap()));
            json.addProperty("query_pre_attn_scalar", config.tempering().queryScalar());
        }
        Files.writeString(
                folder.resolve(ModelConfig.FILE),
                new GsonBuilder().serializeNulls().setPrettyPrinting().create().toJson(json) + "\n");
    }

    private static void write(SlidingWindow window, ModelConfig config, JsonObject json) {
        Windowing windowing = config.family().windowing();
        if (windowing == Windowing.NEVER) {
            return;
        }
        json.addProperty("sliding_window", window.size() == 0 ? null : window.size());
        if (windowing == Windowing.BY_LAYER) {
            JsonArray types = new JsonArray();
            IntStream.range(0, config.layers())
                    .mapToObj(layer -> window.in(layer) ? SLIDING : FULL)
                    .forEach(types::add);
            json.add("layer_types", types);
            if (config.family() != Family.GEMMA2) {
                json.addProperty("use_sliding_window", window.size() > 0);
            }
        }
    }

    private static @Nullable Double cap(double cap) {
        return cap == 0 ? null : cap;
    }

    private static Family family(Json json) {
        String expected = "one of " + Family.known();
        if (!json.has("model_type")) {
            throw new CheckpointException("%s: 'model_type' is missing; expected %s".formatted(json.file(), expected));
        }
        return json.string("model_type").flatMap(Family::of).orElseThrow(() -> json.wrong("model_type", expected));
    }

    private static void requireSupported(Json json, Family family) {
        boolean medusa = json.has("medusa_num_heads")
                && json.has("architectures")
                && lists(json.object().get("architectures"), family.medusaArchitecture());
        if (json.has("architectures") && !medusa && !lists(json.object().get("architectures"), family.architecture())) {
            throw json.wrong("architectures", "[\"%s\"]".formatted(family.architecture()));
        }
        // Gemma has had its activation under both keys
        String key = family.gelu() && !json.has(family.activationKey()) ? "hidden_act" : family.activationKey();
        if (!json.string(key).orElse(family.activation()).equals(family.activation())) {
            throw json.wrong(key, "\"%s\"".formatted(family.activation()));
        }
        if (json.flag("attention_bias") && !family.hasAttentionBiasKey() && family != Family.QWEN2) {
            throw json.wrong("attention_bias", "false: %s has no biases".formatted(family.label()));
        }
        if (json.flag("mlp_bias")) {
            throw json.wrong("mlp_bias", "false: biases in the feed-forward blocks are not supported");
        }
        if (json.has("quantization_config")) {
            throw json.wrong("quantization_config", "none: quantised weights are not supported");
        }
    }

    private static SlidingWindow window(Json json, Family family, int layers) {
        int size = windowSize(json, family);
        if (size > 0 && layers > MOST_LAYERS) {
            throw json.wrong("num_hidden_layers", "at most %d".formatted(MOST_LAYERS));
        }
        IntPredicate slides = slides(json, family);
        SlidingWindow usual = window(size, layers, slides);
        if (!json.has("layer_types")) {
            return usual;
        }
        List<String> types = json.strings("layer_types");
        if (types.size() != layers || !Set.of(FULL, SLIDING).containsAll(types)) {
            throw json.wrong("layer_types", "%d times \"%s\" or \"%s\"".formatted(layers, FULL, SLIDING));
        }
        if (size == 0 && types.contains(SLIDING)) {
            throw json.wrong("layer_types", "\"%s\" alone, because there is no sliding window".formatted(FULL));
        }
        SlidingWindow listed = window(size, layers, layer -> types.get(layer).equals(SLIDING));
        if (family.windowing() != Windowing.BY_LAYER && !listed.equals(usual)) {
            throw json.wrong("layer_types", "the same for all layers of %s".formatted(family.label()));
        }
        return listed;
    }

    private static SlidingWindow window(int size, int layers, IntPredicate slides) {
        Set<Integer> sliding = size == 0
                ? Set.of()
                : IntStream.range(0, layers).filter(slides).boxed().collect(Collectors.toUnmodifiableSet());
        return sliding.isEmpty() ? SlidingWindow.NONE : new SlidingWindow(size, sliding);
    }

    /** Positions that a token sees in layers that have a window; 0 where none has. */
    private static int windowSize(Json json, Family family) {
        int stated = json.size("sliding_window").orElse(0);
        boolean silent = !json.object().has("sliding_window");
        return switch (family) {
            case LLAMA, OLMO2 -> {
                if (stated > 0) {
                    throw json.wrong("sliding_window", "none: %s has no windows".formatted(family.label()));
                }
                yield 0;
            }
            case QWEN2, QWEN3 -> json.flag("use_sliding_window") ? (silent ? USUAL_WINDOW : stated) : 0;
            case MISTRAL, GEMMA2 -> silent ? USUAL_WINDOW : stated;
            case PHI3 -> stated;
        };
    }

    /** Which layers have a window where {@code layer_types} does not say. */
    private static IntPredicate slides(Json json, Family family) {
        return switch (family) {
            case QWEN2, QWEN3 -> {
                int full = json.has("max_window_layers") ? json.count("max_window_layers") : USUAL_FULL_LAYERS;
                yield layer -> layer >= full;
            }
            case GEMMA2 -> layer -> layer % 2 == 0;
            default -> layer -> true;
        };
    }

    private static Tempering tempering(Json json, Family family, int headWidth) {
        if (family != Family.GEMMA2) {
            return Tempering.plain(headWidth);
        }
        return new Tempering(
                json.number("query_pre_attn_scalar", USUAL_QUERY_SCALAR),
                cap(json, "attn_logit_softcapping", USUAL_ATTENTION_CAP),
                cap(json, "final_logit_softcapping", USUAL_OUTPUT_CAP));
    }

    /** 0 where a file says null. */
    private static double cap(Json json, String key, double usual) {
        if (!json.object().has(key)) {
            return usual;
        }
        double cap = json.number(key, 0);
        if (json.has(key) && cap <= 0) {
            throw json.wrong(key, "a number above 0, or null");
        }
        return cap;
    }

    private static boolean lists(JsonElement list, String text) {
        return list.isJsonArray()
                && list.getAsJsonArray().asList().stream()
                        .anyMatch(element -> element.isJsonPrimitive()
                                && element.getAsString().equals(text));
    }
}
