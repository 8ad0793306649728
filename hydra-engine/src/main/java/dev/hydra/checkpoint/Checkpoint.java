package dev.hydra.checkpoint;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * A base model's Hugging Face folder: {@code config.json} and {@code model.safetensors}, or the shards that
 * {@code model.safetensors.index.json} lists. Tensors are handed over one by one, mapped from the file; the heap never
 * holds the model.
 *
 * <p>May be shared by threads.
 */
public final class Checkpoint implements AutoCloseable {
    /** The file of a model in one piece. */
    public static final String FILE = "model.safetensors";

    private static final String INDEX = "model.safetensors.index.json";

    private final ModelConfig config;
    private final TensorTable table;

    private Checkpoint(ModelConfig config, TensorTable table) {
        this.config = config;
        this.table = table;
    }

    /**
     * Opens a folder and checks that it holds exactly the tensors that its configuration asks for, in their shapes.
     *
     * @throws CheckpointException if a file is missing or broken, or a tensor is missing, extra or of another shape; it
     *     names the file, the tensor, what was found and what was expected
     */
    public static Checkpoint open(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new CheckpointException("%s: no such folder; expected a Hugging Face folder".formatted(folder));
        }
        ModelConfig config = ModelConfig.read(folder);
        TensorTable table = openTable(folder);
        boolean opened = false;
        try {
            Map<String, List<Long>> shapes = config.tensorShapes();
            table.requireExactly(shapes.keySet(), config.ignorableTensors());
            shapes.forEach((name, shape) -> table.requireShape(name, shape, ModelConfig.FILE));
            opened = true;
            return new Checkpoint(config, table);
        } finally {
            if (!opened) {
                table.close();
            }
        }
    }

    /** The model's sizes and constants. */
    public ModelConfig config() {
        return config;
    }

    /** The names of all tensors in the files, ignorable ones included. */
    public Set<String> names() {
        return table.names();
    }

    /** A tensor with its bytes, mapped; {@link CheckpointException} if there is none of that name. */
    public StoredTensor tensor(String name) {
        return table.tensor(name);
    }

    /**
     * A tensor with its bytes, mapped.
     *
     * @param shape the sizes that it must have
     * @throws CheckpointException if there is none of that name, or it has another shape or an unsupported number type
     */
    public StoredTensor tensor(String name, long... shape) {
        table.requireShape(name, TensorTable.shape(shape), ModelConfig.FILE);
        return table.tensor(name);
    }

    /**
     * Demands these tensors and no others.
     *
     * @param ignorable names that may be there too
     * @throws CheckpointException if a tensor is missing or extra
     */
    public void requireExactly(Set<String> expected, Set<String> ignorable) {
        table.requireExactly(expected, ignorable);
    }

    /** Closes the files; tensors that were handed out stay valid. */
    @Override
    public void close() {
        table.close();
    }

    private static TensorTable openTable(Path folder) {
        if (Files.exists(folder.resolve(FILE))) {
            return TensorTable.of(SafetensorsFile.open(folder.resolve(FILE)));
        }
        if (!Files.exists(folder.resolve(INDEX))) {
            throw new CheckpointException(
                    "%s: no weights in this folder; expected %s, or %s with its shards".formatted(folder, FILE, INDEX));
        }
        Map<String, String> listed = readIndex(folder.resolve(INDEX));
        Map<String, SafetensorsFile> files = new TreeMap<>();
        boolean opened = false;
        try {
            listed.forEach((tensor, name) -> files.computeIfAbsent(name, shard -> openShard(folder, shard, tensor)));
            TensorTable table = TensorTable.of(INDEX, files, listed);
            opened = true;
            return table;
        } finally {
            if (!opened) {
                files.values().forEach(SafetensorsFile::close);
            }
        }
    }

    private static SafetensorsFile openShard(Path folder, String shard, String tensor) {
        Path file = folder.resolve(shard);
        if (!Files.isRegularFile(file)) {
            throw new CheckpointException(
                    "%s: not found; %s says that tensor '%s' is in it".formatted(shard, INDEX, tensor));
        }
        return SafetensorsFile.open(file);
    }

    private static Map<String, String> readIndex(Path index) {
        JsonObject json = Json.read(index).object();
        if (!json.has("weight_map") || !json.get("weight_map").isJsonObject()) {
            throw new CheckpointException(
                    "%s: has no 'weight_map'; expected the shard of every tensor".formatted(INDEX));
        }
        Map<String, String> listed = new TreeMap<>();
        for (Map.Entry<String, JsonElement> entry :
                json.getAsJsonObject("weight_map").entrySet()) {
            JsonElement shard = entry.getValue();
            if (!shard.isJsonPrimitive()
                    || !shard.getAsJsonPrimitive().isString()
                    || !shard.getAsString().matches("[^/\\\\]+\\.safetensors")) {
                throw new CheckpointException("%s: tensor '%s' is in %s; expected a safetensors file of the same folder"
                        .formatted(INDEX, entry.getKey(), shard));
            }
            listed.put(entry.getKey(), shard.getAsString());
        }
        return listed;
    }
}
