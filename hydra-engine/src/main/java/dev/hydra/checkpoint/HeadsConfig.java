package dev.hydra.checkpoint;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What the {@code config.json} beside a set of draft heads says, Hydra's or Medusa's. Keys that are absent have the values of
 * the authors' own class.
 *
 * @param kind      what the heads see
 * @param heads     draft heads; head i, from 0, predicts the token i + 2 places after the last known one
 * @param layers    blocks per head
 * @param baseModel name or path of the base model that the heads were trained for; may be empty
 */
public record HeadsConfig(HeadsKind kind, int heads, int layers, String baseModel) {
    /** The file that holds it. */
    public static final String FILE = "config.json";

    /** What the names of the prefix layer's tensors begin with; the misspelling is the authors'. */
    static final String PREFIX_LAYER = "prefix_embeding_layer.";

    private static final int HYDRA_HEADS = 4;
    private static final int MEDUSA_HEADS = 5;
    private static final int MOST = 256;

    /** Checks the counts. */
    public HeadsConfig {
        if (heads < 1 || layers < 1) {
            throw new IllegalArgumentException(
                    "%d heads of %d layers; expected 1 head or more, 1 layer or more".formatted(heads, layers));
        }
    }

    /**
     * Reads {@code config.json}.
     *
     * @throws CheckpointException if the file is missing, or is not the configuration of heads that can be opened
     */
    public static HeadsConfig read(Path folder) {
        Json json = Json.read(folder.resolve(FILE));
        boolean hydra = json.object().keySet().stream().anyMatch(key -> key.startsWith("hydra_"));
        if (!hydra && !isMedusa(json)) {
            throw new CheckpointException(
                    "%s: has no hydra_num_heads and no medusa_num_heads; expected a folder with draft heads, not %s"
                            .formatted(FILE, json.has("model_type") ? "a base model" : "anything else"));
        }
        if (json.count("hidden_state_offset") != 0) {
            throw json.wrong("hidden_state_offset", "0: only heads on the last hidden rows are supported");
        }
        String family = hydra ? "hydra" : "medusa";
        return new HeadsConfig(
                hydra ? kind(json) : HeadsKind.MEDUSA,
                size(json, family + "_num_heads").orElse(hydra ? HYDRA_HEADS : MEDUSA_HEADS),
                size(json, family + "_num_layers").orElse(1),
                json.string("base_model_name_or_path").orElse(""));
    }

    private static boolean isMedusa(Json json) {
        return json.has("medusa_num_heads") || json.has("medusa_num_layers");
    }

    private static OptionalInt size(Json json, String key) {
        OptionalInt size = json.size(key);
        if (size.orElse(1) > MOST) {
            throw json.wrong(key, "at most " + MOST);
        }
        return size;
    }

    private static HeadsKind kind(Json json) {
        String architecture = json.string("hydra_head_arch").orElse(HeadsKind.HYDRA.architecture());
        boolean grounded = json.flag("grounded_heads");
        for (HeadsKind kind : HeadsKind.values()) {
            if (kind.architecture().equals(architecture) && kind.grounded() == grounded) {
                return kind;
            }
        }
        if (architecture.equals(HeadsKind.HYDRA_PLUS_PLUS.architecture())) {
            throw json.wrong("grounded_heads", "true: heads with a prefix layer see the drafted tokens");
        }
        throw json.wrong("hydra_head_arch", "\"mlp\" or \"prefix-mlp\"");
    }

    /** Writes {@code config.json} with the authors' keys; the folder must exist. */
    public void write(Path folder) throws IOException {
        JsonObject json = new JsonObject();
        json.addProperty("base_model_name_or_path", baseModel);
        json.addProperty("grounded_heads", kind.grounded());
        json.addProperty("hidden_state_offset", 0);
        json.addProperty("hydra_head_arch", kind.architecture());
        json.addProperty("hydra_num_heads", heads);
        json.addProperty("hydra_num_layers", layers);
        write(folder, json);
    }

    /** Writes {@code config.json} with the keys of Medusa's authors; the folder must exist. */
    void writeAsMedusa(Path folder) throws IOException {
        JsonObject json = new JsonObject();
        json.addProperty("base_model_name_or_path", baseModel);
        json.addProperty("medusa_num_heads", heads);
        json.addProperty("medusa_num_layers", layers);
        write(folder, json);
    }

    private static void write(Path folder, JsonObject json) throws IOException {
        Files.writeString(
                folder.resolve(FILE),
                new GsonBuilder().setPrettyPrinting().create().toJson(json) + "\n");
    }

    /**
     * The names and shapes of the heads' tensors under the authors' names, those of the prefix layer first, then head by
     * head: first block, shared block, scores. Blocks that share their weights are named once, by the first of them.
     * The prefix layer is a plain Llama's of the base model's measures, whatever the base model is: {@link LayerTensors#PLAIN}.
     *
     * @param base sizes of the base model
     */
    public Map<String, List<Long>> tensorShapes(ModelConfig base) {
        Map<String, List<Long>> shapes = new LinkedHashMap<>();
        if (kind == HeadsKind.HYDRA_PLUS_PLUS) {
            LayerTensors.PLAIN.shapes(base).forEach((name, shape) -> shapes.put(prefixLayer(name), shape));
            shapes.put(PREFIX_LAYER + "norm.weight", List.of((long) base.width()));
        }
        shapes.putAll(HeadNames.authors(kind).shapes(this, base.vocabulary(), base.width()));
        return Collections.unmodifiableMap(shapes);
    }

    /** What a base model calls, in its first layer or behind its last, the part that a tensor of heads is; nothing for tensors behind the prefix layer. */
    public static Optional<String> basePart(String name) {
        return name.startsWith(PREFIX_LAYER)
                ? Optional.of("model." + name.substring(PREFIX_LAYER.length()))
                : Optional.empty();
    }

    /** The prefix layer's name of what a base model's first layer calls {@code model.layers.0.…}. */
    static String prefixLayer(String name) {
        return name.replaceFirst("^model\\.", PREFIX_LAYER);
    }
}
