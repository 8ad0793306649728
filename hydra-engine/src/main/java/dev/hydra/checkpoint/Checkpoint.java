package dev.hydra.checkpoint;

import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A base model's Hugging Face folder: {@code config.json} and {@code model.safetensors}, or the shards that
 * {@code model.safetensors.index.json} lists; failing those, {@code pytorch_model.bin} or its shards. Tensors are handed
 * over one by one, and read when their bytes are asked for; the heap never holds the model.
 *
 * <p>May be shared by threads.
 */
public final class Checkpoint implements AutoCloseable {
    /** The file of a model in one piece. */
    public static final String FILE = "model.safetensors";

    /** Bytes; ten times what the largest published models need. */
    private static final long LARGEST_INDEX = 100_000_000;

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
            requireLayers(config, table);
            Map<String, List<Long>> shapes = config.tensorShapes();
            // Medusa heads among the base model's tensors are opened as heads, or not at all
            Set<String> ignorable = new HashSet<>(config.ignorableTensors());
            table.names().stream()
                    .filter(name -> name.startsWith(HeadNames.MERGED))
                    .forEach(ignorable::add);
            table.requireExactly(shapes.keySet(), ignorable);
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

    /** A tensor; {@link CheckpointException} if there is none of that name. */
    public StoredTensor tensor(String name) {
        return table.tensor(name);
    }

    /**
     * A tensor.
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

    /** Closes the files; tensors that were handed out cannot be read any more, buffers with their bytes stay valid. */
    @Override
    public void close() {
        table.close();
    }

    // before all their tensors are named: a configuration may ask for two thousand million layers
    private static void requireLayers(ModelConfig config, TensorTable table) {
        if (config.layers() > table.names().size()) {
            throw new CheckpointException("%s: num_hidden_layers is %d; the files have only %d tensors"
                    .formatted(ModelConfig.FILE, config.layers(), table.names().size()));
        }
    }

    /** Whether a folder holds a base model's weights. */
    static boolean hasWeights(Path folder) {
        return Stream.of(Format.values())
                .anyMatch(format ->
                        Files.exists(folder.resolve(format.file)) || Files.exists(folder.resolve(format.index)));
    }

    static TensorTable openTable(Path folder) {
        for (Format format : Format.values()) {
            if (Files.exists(folder.resolve(format.file))) {
                return TensorTable.of(format.open(folder.resolve(format.file)));
            }
            if (Files.exists(folder.resolve(format.index))) {
                return openShards(folder, format);
            }
        }
        throw new CheckpointException("%s: no weights in this folder; expected %s"
                .formatted(
                        folder,
                        Stream.of(Format.values())
                                .map(format -> "%s, or %s with its shards".formatted(format.file, format.index))
                                .collect(Collectors.joining("; or "))));
    }

    private static TensorTable openShards(Path folder, Format format) {
        Map<String, String> listed = readIndex(folder, format);
        Map<String, TensorFile> files = new TreeMap<>();
        boolean opened = false;
        try {
            listed.forEach((tensor, name) ->
                    files.computeIfAbsent(name, shard -> openShard(folder.resolve(shard), format, tensor)));
            TensorTable table = TensorTable.of(format.index, files, listed);
            opened = true;
            return table;
        } finally {
            if (!opened) {
                files.values().forEach(TensorFile::close);
            }
        }
    }

    private static TensorFile openShard(Path file, Format format, String tensor) {
        if (!Files.isRegularFile(file)) {
            throw new CheckpointException("%s: not found; %s says that tensor '%s' is in it"
                    .formatted(file.getFileName(), format.index, tensor));
        }
        return format.open(file);
    }

    // one token after the other: a tree of a hostile index would be dozens of times as large as the index
    private static Map<String, String> readIndex(Path folder, Format format) {
        JsonReader json = Json.reader(Json.bytes(folder.resolve(format.index), LARGEST_INDEX));
        Map<String, String> listed = new TreeMap<>();
        boolean found = false;
        try {
            Json.requireObject(format.index, json);
            json.beginObject();
            while (json.hasNext()) {
                if (json.nextName().equals("weight_map") && json.peek() == JsonToken.BEGIN_OBJECT) {
                    found = true;
                    readWeightMap(json, format, listed);
                } else {
                    json.skipValue();
                }
            }
            json.endObject();
            Json.requireEnd(json);
        } catch (IOException e) {
            throw new CheckpointException("%s: is not JSON; expected a JSON object".formatted(format.index), e);
        }
        if (!found) {
            throw new CheckpointException(
                    "%s: has no 'weight_map'; expected the shard of every tensor".formatted(format.index));
        }
        return listed;
    }

    private static void readWeightMap(JsonReader json, Format format, Map<String, String> listed) throws IOException {
        json.beginObject();
        while (json.hasNext()) {
            String tensor = json.nextName();
            JsonToken type = json.peek();
            String shard = type == JsonToken.STRING ? json.nextString() : "";
            if (!format.isShard(shard)) {
                throw new CheckpointException("%s: tensor '%s' is in %s; expected a %s file of the same folder"
                        .formatted(
                                format.index,
                                tensor,
                                type == JsonToken.STRING ? "'" + shard + "'" : "a JSON " + type,
                                format.suffix));
            }
            listed.put(tensor, shard);
        }
        json.endObject();
    }

    /** How weights are stored; the safer one first. */
    private enum Format {
        SAFETENSORS(FILE, ".safetensors") {
            @Override
            TensorFile open(Path file) {
                return SafetensorsFile.open(file);
            }
        },
        TORCH("pytorch_model.bin", ".bin") {
            @Override
            TensorFile open(Path file) {
                return TorchFile.open(file);
            }
        };

        private final String file;
        private final String index;
        private final String suffix;

        Format(String file, String suffix) {
            this.file = file;
            this.index = file + ".index.json";
            this.suffix = suffix;
        }

        abstract TensorFile open(Path file);

        boolean isShard(String name) {
            return name.endsWith(suffix) && name.indexOf('/') < 0 && name.indexOf('\\') < 0;
        }
    }
}
