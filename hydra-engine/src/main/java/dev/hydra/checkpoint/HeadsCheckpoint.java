package dev.hydra.checkpoint;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A folder with draft heads: {@code config.json} and {@code hydra_lm_head.safetensors}, under the authors' names. How many
 * heads and blocks there are is read off the tensors' names, because published configurations are not always right.
 *
 * <p>Blocks that share their weights may be in the file once or repeated; repetitions must be equal.
 *
 * <p>May be shared by threads.
 */
public final class HeadsCheckpoint implements AutoCloseable {
    /** The file with the heads' tensors. */
    public static final String FILE = "hydra_lm_head.safetensors";

    private static final String TORCH_FILE = "hydra_lm_head.pt";
    private static final String EMBEDDINGS = "input_embed_fn.weight";
    /** Tensors that the authors' files hold and nobody needs: an unused table, and a rounded copy of what is computed. */
    private static final Set<String> IGNORABLE = Set.of(
            EMBEDDINGS,
            HeadsConfig.PREFIX_LAYER + "embed_tokens.weight",
            HeadsConfig.PREFIX_LAYER + "layers.0.self_attn.rotary_emb.inv_freq");

    private static final Pattern OUTPUT_LAYER =
            Pattern.compile("hydra_lm_head\\.(\\d{1,3})\\.(?:\\d\\.)?(weight|bias)");
    private static final Pattern BLOCK =
            Pattern.compile("hydra_mlp\\.(\\d{1,3})\\.(\\d{1,3})\\.(linear|res_connection)\\.(weight|bias)");

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
     * Opens a folder and checks that it holds exactly the tensors of its kind of heads, in shapes that fit each other.
     *
     * @throws CheckpointException if a file is missing or broken, or a tensor is missing, extra, of another shape, or a
     *     repetition that differs
     */
    public static HeadsCheckpoint open(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new CheckpointException("%s: no such folder; expected a folder with Hydra heads".formatted(folder));
        }
        HeadsConfig config = HeadsConfig.read(folder);
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
     * @throws CheckpointException if the hidden size or the vocabulary differ, or the prefix layer is not of the base
     *     model's measures
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
        config.tensorShapes(base).forEach((name, shape) -> table.requireShape(name, shape, "the base model"));
    }

    /** The names of all tensors in the file, repetitions and ignorable ones included. */
    public Set<String> names() {
        return table.names();
    }

    /** A tensor with its bytes, mapped; {@link CheckpointException} if there is none of that name. */
    public StoredTensor tensor(String name) {
        return table.tensor(name);
    }

    /** The tensors of one head, counted from 0. */
    public HeadTensors head(int head) {
        String first = config.block(head, 0);
        boolean grounded = config.kind().grounded();
        return new HeadTensors(
                linear(first + "linear"),
                grounded ? linear(first + "res_connection") : List.of(),
                grounded && config.layers() > 1 ? linear(config.block(head, 1) + "linear") : List.of(),
                linear(config.scores(head)));
    }

    /**
     * A tensor of the prefix layer of Hydra++ heads.
     *
     * @param name what a base model calls it: {@code model.layers.0.…} or {@code model.norm.weight}
     */
    public StoredTensor prefix(String name) {
        return table.tensor(HeadsConfig.prefixLayer(name));
    }

    /** The heads' own copy of the base model's embedding table, (V, D), where the file has one. */
    public Optional<StoredTensor> embeddings() {
        return table.names().contains(EMBEDDINGS) ? Optional.of(table.tensor(EMBEDDINGS)) : Optional.empty();
    }

    /** Closes the file; tensors that were handed out stay valid. */
    @Override
    public void close() {
        table.close();
    }

    private List<StoredTensor> linear(String name) {
        return List.of(table.tensor(name + ".weight"), table.tensor(name + ".bias"));
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
            } else if (!IGNORABLE.contains(name)
                    && !(stated.kind() == HeadsKind.HYDRA_PLUS_PLUS && name.startsWith(HeadsConfig.PREFIX_LAYER))) {
                throw new CheckpointException(
                        "%s: tensor '%s' has no place in %s heads".formatted(FILE, name, stated.kind()));
            }
        }
        // with a prefix layer, dropout takes the even places
        int stored = stated.kind() == HeadsKind.HYDRA_PLUS_PLUS ? slots / 2 : slots;
        HeadsConfig found =
                new HeadsConfig(stated.kind(), Math.max(1, heads), layers(stated, stored), stated.baseModel());
        requireTensors(found, table, stored);
        return new HeadsCheckpoint(
                found, table, table.info(found.scores(0) + ".weight").shape());
    }

    /** Blocks of a head, of which {@code stored} are in the file. */
    private static int layers(HeadsConfig stated, int stored) {
        int shared = stated.kind().sharedLayer();
        if (stored <= shared && stored < stated.layers()) {
            throw new CheckpointException("%s: tensor '%slinear.weight' is missing; %s asks for %d blocks per head"
                    .formatted(FILE, stated.block(0, stored), HeadsConfig.FILE, stated.layers()));
        }
        // the last block in the file may be the one that all later ones share, stored once
        return stored == shared + 1 ? Math.max(stored, stated.layers()) : Math.max(1, stored);
    }

    private static void requireTensors(HeadsConfig config, TensorTable table, int stored) {
        Map<String, String> repetitions = new HashMap<>();
        int shared = config.kind().sharedLayer();
        for (int head = 0; head < config.heads(); head++) {
            for (int layer = shared + 1; layer < stored; layer++) {
                for (String part : List.of("linear.weight", "linear.bias")) {
                    repetitions.put(config.block(head, layer) + part, config.block(head, shared) + part);
                }
            }
        }
        // any sizes will do to know the names
        ModelConfig any = ModelConfig.llama(1, 2, 1, 1).build();
        Set<String> names = new HashSet<>(config.tensorShapes(any).keySet());
        names.addAll(repetitions.keySet());
        table.requireExactly(names, IGNORABLE);

        String scores = config.scores(0) + ".weight";
        List<Long> output = table.info(scores).shape();
        if (output.size() != 2 || output.contains(0L)) {
            throw new CheckpointException("%s: tensor '%s' is %s; expected a matrix (vocabulary, hidden size)"
                    .formatted(FILE, scores, Shapes.text(output)));
        }
        config.headShapes(output.get(0), output.get(1))
                .forEach((name, shape) -> table.requireShape(name, shape, scores));
        if (table.names().contains(EMBEDDINGS)) {
            table.requireShape(EMBEDDINGS, output, scores);
        }
        repetitions.forEach((name, original) -> requireRepetition(table, name, original));
    }

    private static void requireRepetition(TensorTable table, String name, String original) {
        table.requireShape(name, table.info(original).shape(), original);
        StoredTensor one = table.tensor(original);
        StoredTensor other = table.tensor(name);
        if (one.type() != other.type() || !one.bytes().equals(other.bytes())) {
            throw new CheckpointException(
                    "%s: tensor '%s' differs from '%s'; expected a copy: these blocks share their weights"
                            .formatted(FILE, name, original));
        }
    }
}
