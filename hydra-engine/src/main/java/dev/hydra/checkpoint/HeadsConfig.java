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

/**
 * What the {@code config.json} beside a set of draft heads says. Keys that are absent have the values of the authors'
 * own class.
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
        if (json.object().keySet().stream().noneMatch(key -> key.startsWith("hydra_"))) {
            throw new CheckpointException("%s: has no hydra_num_heads; expected a folder with Hydra heads, not %s"
                    .formatted(FILE, json.has("model_type") ? "a base model" : "anything else"));
        }
        if (json.count("hidden_state_offset") != 0) {
            throw json.wrong("hidden_state_offset", "0: only heads on the last hidden rows are supported");
        }
        return new HeadsConfig(
                kind(json),
                json.size("hydra_num_heads").orElse(4),
                json.size("hydra_num_layers").orElse(1),
                json.string("base_model_name_or_path").orElse(""));
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
        Files.writeString(
                folder.resolve(FILE),
                new GsonBuilder().setPrettyPrinting().create().toJson(json) + "\n");
    }

    /**
     * The names and shapes of the heads' tensors under the authors' names, those of the prefix layer first, then head by
     * head: first block, shared block, scores. Blocks that share their weights are named once, by the first of them.
     *
     * @param base sizes of the base model
     */
    public Map<String, List<Long>> tensorShapes(ModelConfig base) {
        Map<String, List<Long>> shapes = new LinkedHashMap<>();
        if (kind == HeadsKind.HYDRA_PLUS_PLUS) {
            base.layerShapes(0, false).forEach((name, shape) -> shapes.put(prefixLayer(name), shape));
            shapes.put(PREFIX_LAYER + "norm.weight", List.of((long) base.width()));
        }
        shapes.putAll(headShapes(base.vocabulary(), base.width()));
        return Collections.unmodifiableMap(shapes);
    }

    /** The same without the prefix layer. */
    Map<String, List<Long>> headShapes(long vocabulary, long width) {
        Map<String, List<Long>> shapes = new LinkedHashMap<>();
        for (int head = 0; head < heads; head++) {
            long columns = kind.grounded() ? (head + 2) * width : width;
            addLinear(shapes, block(head, 0) + "linear", width, columns);
            if (kind.grounded()) {
                addLinear(shapes, block(head, 0) + "res_connection", width, columns);
                if (layers > 1) {
                    addLinear(shapes, block(head, 1) + "linear", width, width);
                }
            }
            addLinear(shapes, scores(head), vocabulary, width);
        }
        return shapes;
    }

    /** What the names of a block's tensors begin with. In sets with a prefix layer, dropout takes every other place. */
    String block(int head, int layer) {
        int slot = kind == HeadsKind.HYDRA_PLUS_PLUS ? 2 * layer + 1 : layer;
        return "hydra_mlp.%d.%d.".formatted(head, slot);
    }

    /** The name of a head's output layer, without {@code .weight} and {@code .bias}. */
    String scores(int head) {
        return (kind == HeadsKind.HYDRA_PLUS_PLUS ? "hydra_lm_head.%d.1" : "hydra_lm_head.%d").formatted(head);
    }

    /** The prefix layer's name of what a base model's first layer calls {@code model.layers.0.…}. */
    static String prefixLayer(String name) {
        return name.replaceFirst("^model\\.", PREFIX_LAYER);
    }

    private static void addLinear(Map<String, List<Long>> shapes, String name, long rows, long columns) {
        shapes.put(name + ".weight", List.of(rows, columns));
        shapes.put(name + ".bias", List.of(rows));
    }
}
