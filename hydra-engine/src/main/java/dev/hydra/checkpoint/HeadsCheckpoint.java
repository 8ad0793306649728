package dev.hydra.checkpoint;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A folder with Hydra heads: {@code config.json} and {@code hydra_lm_head.safetensors}, under the authors' names. Only
 * grounded {@code mlp} heads can be opened. How many heads and blocks there are is read off the tensors' names, because
 * published configurations are not always right.
 *
 * <p>Blocks after the first share their weights inside a head. The file may hold them once or repeated; repetitions must
 * be equal. Take the second block ({@code hydra_mlp.{i}.1}) for all of them.
 *
 * <p>May be shared by threads.
 */
public final class HeadsCheckpoint implements AutoCloseable {
    /** The file with the heads' tensors. */
    public static final String FILE = "hydra_lm_head.safetensors";

    private static final String TORCH_FILE = "hydra_lm_head.pt";
    private static final String EMBEDDINGS = "input_embed_fn.weight";
    private static final Pattern OUTPUT_LAYER = Pattern.compile("hydra_lm_head\\.(\\d{1,2})\\.(weight|bias)");
    private static final Pattern BLOCK =
            Pattern.compile("hydra_mlp\\.(\\d{1,2})\\.(\\d{1,2})\\.(linear|res_connection)\\.(weight|bias)");

    private final HeadsConfig config;
    private final TensorTable table;
    private final long vocabulary;
    private final long width;

    private HeadsCheckpoint(HeadsConfig config, TensorTable table, List<Long> outputShape) {
        this.config = config;
        this.table = table;
        this.vocabulary = outputShape.get(0);
        this.width = outputShape.get(1);
    }

    /**
     * Opens a folder and checks that it holds exactly the tensors of grounded mlp heads, in shapes that fit each other.
     *
     * @throws CheckpointException if a file is missing or broken, the heads are of another kind, or a tensor is missing,
     *     extra, of another shape, or a repetition that differs
     */
    public static HeadsCheckpoint open(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new CheckpointException("%s: no such folder; expected a folder with Hydra heads".formatted(folder));
        }
        HeadsConfig config = HeadsConfig.read(folder);
        requireSupported(config);
        if (!Files.exists(folder.resolve(FILE))) {
            throw new CheckpointException(
                    Files.exists(folder.resolve(TORCH_FILE))
                            ? "%s: has only %s; expected %s: save the same tensors as safetensors"
                                    .formatted(folder, TORCH_FILE, FILE)
                            : "%s: no heads in this folder; expected %s".formatted(folder, FILE));
        }
        TensorTable table = TensorTable.of(SafetensorsFile.open(folder.resolve(FILE)));
        boolean opened = false;
        try {
            HeadsCheckpoint checkpoint = check(config, table);
            opened = true;
            return checkpoint;
        } finally {
            if (!opened) {
                table.close();
            }
        }
    }

    /** The configuration, with the number of heads and layers that the file has. */
    public HeadsConfig config() {
        return config;
    }

    /** Token ids that every head scores. */
    public int vocabulary() {
        return Math.toIntExact(vocabulary);
    }

    /** Numbers in the hidden rows that the heads read. */
    public int width() {
        return Math.toIntExact(width);
    }

    /**
     * Demands that the heads can draft for a base model.
     *
     * @throws CheckpointException if the hidden size or the vocabulary differ
     */
    public void requireFits(ModelConfig base) {
        if (width != base.width()) {
            throw new CheckpointException(
                    "%s: the heads read hidden rows of %d numbers; the base model's hidden_size is %d: use heads trained for it"
                            .formatted(FILE, width, base.width()));
        }
        if (vocabulary != base.vocabulary()) {
            throw new CheckpointException(
                    "%s: the heads score %d token ids; the base model's vocab_size is %d: use heads trained for it"
                            .formatted(FILE, vocabulary, base.vocabulary()));
        }
    }

    /** The names of all tensors in the file, repetitions and ignorable ones included. */
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
        table.requireShape(name, TensorTable.shape(shape), "this set of heads");
        return table.tensor(name);
    }

    /** Closes the file; tensors that were handed out stay valid. */
    @Override
    public void close() {
        table.close();
    }

    private static void requireSupported(HeadsConfig config) {
        if (!config.architecture().equals(HeadsConfig.MLP)) {
            throw new CheckpointException("%s: hydra_head_arch is '%s'; expected '%s', the only kind supported so far"
                    .formatted(HeadsConfig.FILE, config.architecture(), HeadsConfig.MLP));
        }
        if (!config.grounded()) {
            throw new CheckpointException(
                    "%s: grounded_heads is false; expected true: heads that do not see the drafted tokens are not supported so far"
                            .formatted(HeadsConfig.FILE));
        }
        if (config.hiddenStateOffset() != 0) {
            throw new CheckpointException("%s: hidden_state_offset is %d; expected 0, the only one supported"
                    .formatted(HeadsConfig.FILE, config.hiddenStateOffset()));
        }
    }

    private static HeadsCheckpoint check(HeadsConfig stated, TensorTable table) {
        int heads = 0;
        int slots = 0;
        for (String name : table.names()) {
            Matcher output = OUTPUT_LAYER.matcher(name);
            Matcher block = BLOCK.matcher(name);
            if (output.matches()) {
                heads = Math.max(heads, Integer.parseInt(output.group(1)) + 1);
            } else if (block.matches()) {
                heads = Math.max(heads, Integer.parseInt(block.group(1)) + 1);
                slots = Math.max(slots, Integer.parseInt(block.group(2)) + 1);
            } else if (!name.equals(EMBEDDINGS)) {
                throw new CheckpointException(
                        "%s: tensor '%s' has no place in grounded mlp heads".formatted(FILE, name));
            }
        }
        if (slots == 1 && stated.layers() > 1) {
            throw new CheckpointException(
                    "%s: tensor 'hydra_mlp.0.1.linear.weight' is missing; %s asks for %d blocks per head"
                            .formatted(FILE, HeadsConfig.FILE, stated.layers()));
        }
        // two blocks in the file may be a first one and, stored once, the one that all later blocks share
        int layers = slots == 2 ? Math.max(2, stated.layers()) : Math.max(1, slots);
        HeadsConfig config = new HeadsConfig(
                Math.max(1, heads), layers, HeadsConfig.MLP, true, stated.hiddenStateOffset(), stated.baseModel());
        requireTensors(config, table, slots);
        return new HeadsCheckpoint(
                config, table, table.info("hydra_lm_head.0.weight").shape());
    }

    private static void requireTensors(HeadsConfig config, TensorTable table, int slots) {
        Set<String> repetitions = new HashSet<>();
        for (int head = 0; head < config.heads(); head++) {
            for (int slot = 2; slot < slots; slot++) {
                repetitions.add("hydra_mlp.%d.%d.linear.weight".formatted(head, slot));
                repetitions.add("hydra_mlp.%d.%d.linear.bias".formatted(head, slot));
            }
        }
        Set<String> names = new HashSet<>(config.tensorShapes(1, 1).keySet());
        names.addAll(repetitions);
        table.requireExactly(names, Set.of(EMBEDDINGS));

        List<Long> output = table.info("hydra_lm_head.0.weight").shape();
        if (output.size() != 2) {
            throw new CheckpointException(
                    "%s: tensor 'hydra_lm_head.0.weight' is %s; expected a matrix (vocabulary, hidden size)"
                            .formatted(FILE, Shapes.text(output)));
        }
        Map<String, List<Long>> shapes = config.tensorShapes(output.get(0), output.get(1));
        shapes.forEach((name, shape) -> table.requireShape(name, shape, "hydra_lm_head.0.weight"));
        if (table.names().contains(EMBEDDINGS)) {
            table.requireShape(EMBEDDINGS, output, "hydra_lm_head.0.weight");
        }
        for (String name : repetitions) {
            requireRepetition(table, name);
        }
    }

    private static void requireRepetition(TensorTable table, String name) {
        String original = name.replaceFirst("^(hydra_mlp\\.\\d+)\\.\\d+", "$1.1");
        table.requireShape(name, table.info(original).shape(), original);
        StoredTensor one = table.tensor(original);
        StoredTensor other = table.tensor(name);
        if (one.type() != other.type() || !one.bytes().equals(other.bytes())) {
            throw new CheckpointException(
                    "%s: tensor '%s' differs from '%s'; expected a copy: blocks after the first share their weights"
                            .formatted(FILE, name, original));
        }
    }
}
