package dev.hydra.checkpoint;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * A folder with draft heads: {@code config.json} and {@code hydra_lm_head.safetensors} or {@code hydra_lm_head.pt} under the
 * authors' names, {@code medusa_lm_head.safetensors} or {@code medusa_lm_head.pt} under Medusa's, or a base model that holds
 * Medusa heads among its own tensors. How many heads and blocks there are is read off the tensors' names, because published
 * configurations are not always right.
 *
 * <p>Blocks that share their weights may be in the file once or repeated; repetitions must be equal.
 *
 * <p>May be shared by threads.
 */
public final class HeadsCheckpoint implements AutoCloseable {
    /** The file with the heads' tensors, as this project writes it. */
    public static final String FILE = "hydra_lm_head.safetensors";

    /** The files that hold heads alone; the safer ones first. */
    private static final List<String> FILES =
            List.of(FILE, "hydra_lm_head.pt", "medusa_lm_head.safetensors", "medusa_lm_head.pt");

    /** The copy of the base model's embedding table that comes with the authors' files. */
    static final String EMBEDDINGS = "input_embed_fn.weight";

    /** Tensors that the authors' files hold and nobody needs: an unused table, and a rounded copy of what is computed. */
    private static final Set<String> IGNORABLE = Set.of(
            EMBEDDINGS,
            HeadsConfig.PREFIX_LAYER + "embed_tokens.weight",
            HeadsConfig.PREFIX_LAYER + "layers.0.self_attn.rotary_emb.inv_freq");

    private final HeadsConfig config;
    private final HeadNames heads;
    private final TensorTable table;
    private final long vocabulary;
    private final long width;

    private HeadsCheckpoint(HeadsConfig config, HeadNames heads, TensorTable table) {
        this.config = config;
        this.heads = heads;
        this.table = table;
        List<String> scores = heads.scoreTensors(0);
        this.vocabulary =
                scores.isEmpty() ? 0 : table.info(scores.get(0)).shape().get(0);
        this.width = table.info(heads.block(0, 0) + "linear.bias").shape().get(0);
    }

    /**
     * Opens a folder and checks that it holds exactly the tensors of its kind of heads, in shapes that fit each other.
     *
     * @throws CheckpointException if a file is missing or broken, or a tensor is missing, extra, of another shape, or a
     *     repetition that differs
     */
    public static HeadsCheckpoint open(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new CheckpointException("%s: no such folder; expected a folder with draft heads".formatted(folder));
        }
        HeadsConfig config = HeadsConfig.read(folder);
        TensorTable table = openTable(folder);
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

    /** Whether a folder has no file of heads, but a base model's weights, among which there may be some. */
    public static boolean isInsideBase(Path folder) {
        return FILES.stream().noneMatch(name -> Files.exists(folder.resolve(name))) && Checkpoint.hasWeights(folder);
    }

    private static TensorTable openTable(Path folder) {
        for (String name : FILES) {
            Path file = folder.resolve(name);
            if (Files.exists(file)) {
                return TensorTable.of(name.endsWith(".pt") ? TorchFile.open(file) : SafetensorsFile.open(file));
            }
        }
        if (!Checkpoint.hasWeights(folder)) {
            throw new CheckpointException(
                    "%s: no heads in this folder; expected one of %s, or a base model with tensors %s…"
                            .formatted(folder, FILES, HeadNames.MERGED));
        }
        TensorTable table = Checkpoint.openTable(folder).startingWith(HeadNames.MERGED);
        if (table.names().isEmpty()) {
            table.close();
            throw new CheckpointException(
                    "%s: the base model in this folder has no tensors %s…; expected heads among them, or one of %s"
                            .formatted(folder, HeadNames.MERGED, FILES));
        }
        return table;
    }

    /** Whether the tensors have the names that the authors of Hydra give; else they have those of Medusa's. */
    public boolean underAuthorsNames() {
        return heads.areAuthors();
    }

    /** The file with the tensors; an index where there are several. */
    public String file() {
        return table.title();
    }

    /** Where a tensor lies in its file; {@link CheckpointException} if there is none of that name. */
    public TensorInfo info(String name) {
        return table.info(name);
    }

    /** The configuration, with the number of heads and layers that the file has. */
    public HeadsConfig config() {
        return config;
    }

    /** Token ids that every head scores; 0 where the base model's output layer serves the heads. */
    public int vocabulary() {
        return Math.toIntExact(vocabulary);
    }

    /** Numbers in all tensors that draft: without repetitions, and without copies of the base model's embedding table. */
    public long parameters() {
        long numbers = 0;
        for (int head = 0; head < config.heads(); head++) {
            HeadTensors tensors = head(head);
            numbers += Stream.of(tensors.activated(), tensors.residual(), tensors.later(), tensors.scores())
                    .flatMap(List::stream)
                    .mapToLong(tensor -> numbers(tensor.shape()))
                    .sum();
        }
        return numbers
                + table.names().stream()
                        .filter(name -> name.startsWith(HeadsConfig.PREFIX_LAYER) && !IGNORABLE.contains(name))
                        .mapToLong(name -> numbers(info(name).shape()))
                        .sum();
    }

    private static long numbers(List<Long> shape) {
        return shape.stream().reduce(1L, Math::multiplyExact);
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
                            .formatted(table.title(), width, base.width()));
        }
        if (vocabulary != 0 && vocabulary != base.vocabulary()) {
            throw new CheckpointException(
                    "%s: the heads score %d token ids; the base model's vocab_size is %d: use heads trained for it"
                            .formatted(table.title(), vocabulary, base.vocabulary()));
        }
        if (config.kind() == HeadsKind.HYDRA_PLUS_PLUS) {
            config.tensorShapes(base).forEach((name, shape) -> table.requireShape(name, shape, "the base model"));
        }
    }

    /** The names of all tensors in the file, repetitions and ignorable ones included. */
    public Set<String> names() {
        return table.names();
    }

    /** A tensor; {@link CheckpointException} if there is none of that name. */
    public StoredTensor tensor(String name) {
        return table.tensor(name);
    }

    /** The tensors of one head, counted from 0. */
    public HeadTensors head(int head) {
        String first = heads.block(head, 0);
        boolean grounded = config.kind().grounded();
        return new HeadTensors(
                linear(first + "linear"),
                grounded ? linear(first + "res_connection") : List.of(),
                grounded && config.layers() > 1 ? linear(heads.block(head, 1) + "linear") : List.of(),
                heads.scoreTensors(head).stream().map(table::tensor).toList());
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

    /** Closes the file; tensors that were handed out cannot be read any more, buffers with their bytes stay valid. */
    @Override
    public void close() {
        table.close();
    }

    private List<StoredTensor> linear(String name) {
        return List.of(table.tensor(name + ".weight"), table.tensor(name + ".bias"));
    }

    private static HeadsCheckpoint check(HeadsConfig stated, TensorTable table) {
        Consumer<String> stranger = name -> {
            boolean prefix = stated.kind() == HeadsKind.HYDRA_PLUS_PLUS && name.startsWith(HeadsConfig.PREFIX_LAYER);
            if (!prefix && !IGNORABLE.contains(name)) {
                throw new CheckpointException(
                        "%s: tensor '%s' has no place in %s heads".formatted(table.title(), name, stated.kind()));
            }
        };
        boolean authors = table.names().stream().anyMatch(name -> name.startsWith("hydra_"));
        String prefix =
                table.names().stream().anyMatch(name -> name.startsWith(HeadNames.MERGED)) ? HeadNames.MERGED : "";
        HeadNames.Count count = authors
                ? HeadNames.countAuthors(stated.kind(), table.names(), stranger)
                : HeadNames.countMedusa(prefix, table.names(), stranger);
        HeadNames heads = authors ? HeadNames.authors(stated.kind()) : HeadNames.medusa(prefix, count);
        HeadsConfig found = new HeadsConfig(
                authors ? stated.kind() : HeadsKind.MEDUSA,
                Math.max(1, count.heads()),
                layers(stated, heads, table, count.stored()),
                stated.baseModel());
        requireTensors(found, heads, table, count.stored());
        return new HeadsCheckpoint(found, heads, table);
    }

    /** Blocks of a head, of which {@code stored} are in the file. */
    private static int layers(HeadsConfig stated, HeadNames heads, TensorTable table, int stored) {
        int shared = stated.kind().sharedLayer();
        if (stored <= shared && stored < stated.layers()) {
            throw new CheckpointException("%s: tensor '%slinear.weight' is missing; %s asks for %d blocks per head"
                    .formatted(table.title(), heads.block(0, stored), HeadsConfig.FILE, stated.layers()));
        }
        // the last block in the file may be the one that all later ones share, stored once
        return stored == shared + 1 ? Math.max(stored, stated.layers()) : Math.max(1, stored);
    }

    private static void requireTensors(HeadsConfig config, HeadNames heads, TensorTable table, int stored) {
        Map<String, String> repetitions = new TreeMap<>();
        int shared = config.kind().sharedLayer();
        for (int head = 0; head < config.heads(); head++) {
            for (int layer = shared + 1; layer < stored; layer++) {
                for (String part : List.of("linear.weight", "linear.bias")) {
                    repetitions.put(heads.block(head, layer) + part, heads.block(head, shared) + part);
                }
            }
        }
        Set<String> names = new HashSet<>(heads.shapes(config, 1, 1).keySet());
        if (config.kind() == HeadsKind.HYDRA_PLUS_PLUS) {
            // any sizes will do to know the names
            names.addAll(
                    config.tensorShapes(ModelConfig.llama(1, 2, 1, 1).build()).keySet());
        }
        names.addAll(repetitions.keySet());
        table.requireExactly(names, IGNORABLE);

        String asking = heads.scoreTensors(0).stream().findFirst().orElse(heads.block(0, 0) + "linear.weight");
        List<Long> sizes = table.info(asking).shape();
        if (sizes.size() != 2 || sizes.contains(0L)) {
            throw new CheckpointException("%s: tensor '%s' is %s; expected a matrix (vocabulary, hidden size)"
                    .formatted(table.title(), asking, Shapes.text(sizes)));
        }
        heads.shapes(config, sizes.get(0), sizes.get(1))
                .forEach((name, shape) -> table.requireShape(name, shape, asking));
        if (table.names().contains(EMBEDDINGS)) {
            table.requireShape(EMBEDDINGS, sizes, asking);
        }
        repetitions.forEach((name, original) -> requireRepetition(table, name, original));
    }

    private static void requireRepetition(TensorTable table, String name, String original) {
        table.requireShape(name, table.info(original).shape(), original);
        if (table.areAliases(name, original)) {
            return;
        }
        StoredTensor one = table.tensor(original);
        StoredTensor other = table.tensor(name);
        if (one.type() != other.type() || !one.bytes().equals(other.bytes())) {
            throw new CheckpointException(
                    "%s: tensor '%s' differs from '%s'; expected a copy: these blocks share their weights"
                            .formatted(table.title(), name, original));
        }
    }
}
