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
 * What the {@code config.json} beside a set of Hydra heads says. Keys that are absent have the values of the authors'
 * own class.
 *
 * @param heads             draft heads; head i, from 0, predicts the token i + 2 places after the last known one
 * @param layers            blocks per head
 * @param architecture      {@code mlp} or {@code prefix-mlp}
 * @param grounded          whether a head sees the tokens drafted before it
 * @param hiddenStateOffset which hidden rows the heads read, counted from the last; 0 for those after the final norm
 * @param baseModel         name or path of the base model that the heads were trained for; may be empty
 */
public record HeadsConfig(
        int heads, int layers, String architecture, boolean grounded, int hiddenStateOffset, String baseModel) {
    /** The file that holds it. */
    public static final String FILE = "config.json";

    /** The architecture of plain Hydra heads. */
    public static final String MLP = "mlp";

    /** Checks the counts. */
    public HeadsConfig {
        if (heads < 1 || layers < 1 || hiddenStateOffset < 0) {
            throw new IllegalArgumentException(
                    "%d heads of %d layers at offset %d; expected 1 head or more, 1 layer or more, offset 0 or more"
                            .formatted(heads, layers, hiddenStateOffset));
        }
    }

    /** Grounded mlp heads, the kind that this engine trains. */
    public static HeadsConfig groundedMlp(int heads, int layers, String baseModel) {
        return new HeadsConfig(heads, layers, MLP, true, 0, baseModel);
    }

    /**
     * Reads {@code config.json}.
     *
     * @throws CheckpointException if the file is missing, or is not the configuration of Hydra heads
     */
    public static HeadsConfig read(Path folder) {
        Json json = Json.read(folder.resolve(FILE));
        if (json.object().keySet().stream().noneMatch(key -> key.startsWith("hydra_"))) {
            throw new CheckpointException("%s: has no hydra_num_heads; expected a folder with Hydra heads, not %s"
                    .formatted(FILE, json.has("model_type") ? "a base model" : "anything else"));
        }
        return new HeadsConfig(
                json.size("hydra_num_heads").orElse(4),
                json.size("hydra_num_layers").orElse(1),
                json.string("hydra_head_arch").orElse(MLP),
                json.flag("grounded_heads"),
                json.count("hidden_state_offset"),
                json.string("base_model_name_or_path").orElse(""));
    }

    /** Writes {@code config.json} with the authors' keys; the folder must exist. */
    public void write(Path folder) throws IOException {
        JsonObject json = new JsonObject();
        json.addProperty("base_model_name_or_path", baseModel);
        json.addProperty("grounded_heads", grounded);
        json.addProperty("hidden_state_offset", hiddenStateOffset);
        json.addProperty("hydra_head_arch", architecture);
        json.addProperty("hydra_num_heads", heads);
        json.addProperty("hydra_num_layers", layers);
        Files.writeString(
                folder.resolve(FILE),
                new GsonBuilder().setPrettyPrinting().create().toJson(json) + "\n");
    }

    /**
     * The names and shapes of grounded mlp heads. Blocks after the first share their weights inside a head, so the
     * second stands for all of them.
     *
     * @param vocabulary token ids of the base model
     * @param width      numbers in its hidden rows
     */
    public Map<String, List<Long>> tensorShapes(long vocabulary, long width) {
        Map<String, List<Long>> shapes = new LinkedHashMap<>();
        for (int head = 0; head < heads; head++) {
            String first = "hydra_mlp.%d.0.".formatted(head);
            addLinear(shapes, first + "linear", width, (head + 2) * width);
            addLinear(shapes, first + "res_connection", width, (head + 2) * width);
            if (layers > 1) {
                addLinear(shapes, "hydra_mlp.%d.1.linear".formatted(head), width, width);
            }
            addLinear(shapes, "hydra_lm_head.%d".formatted(head), vocabulary, width);
        }
        return Collections.unmodifiableMap(shapes);
    }

    private static void addLinear(Map<String, List<Long>> shapes, String name, long rows, long columns) {
        shapes.put(name + ".weight", List.of(rows, columns));
        shapes.put(name + ".bias", List.of(rows));
    }
}
