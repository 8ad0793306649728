package dev.hydra.graph;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.JniUtils;
import dev.hydra.checkpoint.Checkpoint;
import dev.hydra.checkpoint.HeadTensors;
import dev.hydra.checkpoint.HeadsCheckpoint;
import dev.hydra.checkpoint.HeadsKind;
import dev.hydra.checkpoint.ModelConfig;
import dev.hydra.checkpoint.StoredTensor;
import dev.hydra.tree.TreeLevel;
import dev.hydra.tree.TreeMask;
import dev.hydra.tree.TreePath;
import dev.hydra.tree.TreeShape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * A base model, its draft heads and its cache on a device; the only door to TorchScript, with one method for each entry of
 * {@code hydra_llama.py}.
 *
 * <p>The cache has a fixed number of rows, each for one sequence, and is allocated once. Not safe for use by several threads
 * at once; {@link #prepareThread} makes the thread that uses it fast.
 */
public final class ModelGraph implements AutoCloseable {

    private final Script script;
    private final NDManager manager;
    private final ModelConfig config;
    private final GraphOptions options;
    private final Products products;
    private final Map<TreeShape, Long> trees = new HashMap<>();
    private int draftHeads;
    private long weightBytes;

    private ModelGraph(ModelConfig config, GraphOptions options, Products products) {
        this.config = config;
        this.options = options;
        this.products = products;
        this.script = new Script(archive(products), Device.fromName(device(options.device())));
        this.manager = script.manager();
    }

    private static GraphArchive archive(Products products) {
        return new GraphArchive("HydraLlama")
                .source(ModelGraph.class, "hydra_llama.py")
                .source(ModelGraph.class, products.source())
                .integer("query_heads")
                .integer("key_heads")
                .integer("head_width")
                .real("epsilon")
                .bool("packed")
                .integer("kind")
                .integer("cache_kind")
                .list("ends", "__torch__.Ends")
                .list("layers", "__torch__.Layer")
                .list("angles", "__torch__.Angles")
                .list("cache", "__torch__.Cache")
                .list("hidden_blocks", "__torch__.Linear")
                .list("heads", "__torch__.Head")
                .list("trees", "__torch__.Tree");
    }

    /**
     * Loads a base model, tensor by tensor, and allocates the cache.
     *
     * @throws dev.hydra.checkpoint.CheckpointException if a tensor is missing or misshapen
     * @throws IllegalArgumentException if the device does not exist, or a row has more positions than the model knows
     */
    public static ModelGraph load(Checkpoint checkpoint, GraphOptions options) {
        return load(checkpoint, options, Products.of(device(options.device()), options.dataType()));
    }

    /** Loads with products of the caller's choice. */
    static ModelGraph load(Checkpoint checkpoint, GraphOptions options, Products products) {
        ModelConfig config = checkpoint.config();
        if (options.positions() > config.positions()) {
            throw new IllegalArgumentException(
                    "a cache row of %d positions; the model knows %d (max_position_embeddings)"
                            .formatted(options.positions(), config.positions()));
        }
        ModelGraph graph = new ModelGraph(config, options, products);
        try {
            prepareThread();
            graph.bind(checkpoint);
            return graph;
        } catch (RuntimeException | Error e) {
            graph.close();
            throw e;
        }
    }

    /**
     * The device that a name stands for on this machine, as DJL names it: {@code cpu}, {@code gpu0}, {@code gpu1}.
     *
     * @param name {@code auto} (a GPU where there is one), {@code cpu}, {@code gpu} or {@code gpu1}
     * @throws IllegalArgumentException if there is no such device
     */
    public static String device(String name) {
        if (!name.matches("auto|cpu|gpu[0-9]*")) {
            throw new IllegalArgumentException("device is '%s'; expected auto, cpu, gpu or gpu1".formatted(name));
        }
        if (name.equals("cpu")) {
            return name;
        }
        int gpus = Engine.getEngine("PyTorch").getGpuCount();
        if (name.equals("auto")) {
            return gpus > 0 ? "gpu0" : "cpu";
        }
        Device device = Device.fromName(name);
        if (device.getDeviceId() >= gpus) {
            throw new IllegalArgumentException(
                    "device is '%s'; PyTorch sees %d GPUs on this machine: use cpu or auto".formatted(name, gpus));
        }
        return "gpu" + device.getDeviceId();
    }

    /** Makes the calling thread run the graph without compiling it anew for every shape. Once per thread is enough. */
    public static void prepareThread() {
        Script.prepareThread();
    }

    /** Threads that one operation of the graph may use on a CPU. */
    public static int threads() {
        Engine.getEngine("PyTorch");
        return JniUtils.getNumThreads();
    }

    /** The base model's configuration. */
    public ModelConfig config() {
        return config;
    }

    /** Cache rows: how many sequences there is room for. */
    public int rows() {
        return options.rows();
    }

    /** Positions of a cache row. */
    public int positions() {
        return options.positions();
    }

    /** The type of weights and activations. */
    public DataType dataType() {
        return options.dataType();
    }

    /** The device, for example {@code cpu} or {@code gpu0}. */
    public String device() {
        return device(options.device());
    }

    /** Draft heads that are bound. */
    public int draftHeads() {
        return draftHeads;
    }

    /** Bytes of all weights as they lie on the device, the draft heads' included. */
    public long weightBytes() {
        return weightBytes;
    }

    private void bind(Checkpoint checkpoint) {
        script.run(
                "bind_shape",
                Script.value(config.heads()),
                Script.value(config.keyValueHeads()),
                Script.value(config.headWidth()),
                IValue.from(config.rmsNormEpsilon()),
                IValue.listFrom(options.dataType().torch(), cacheType().torch()),
                IValue.from(products == Products.PACKED));
        long vocabulary = config.vocabulary();
        long width = config.width();
        long attention = (long) config.heads() * config.headWidth();
        long keys = (long) config.keyValueHeads() * config.headWidth();
        try (NDManager scope = manager.newSubManager()) {
            NDArray embedding = tensor(scope, checkpoint.tensor("model.embed_tokens.weight", vocabulary, width));
            NDArray norm = tensor(scope, checkpoint.tensor("model.norm.weight", width));
            NDArray scores = config.tiedEmbeddings()
                    ? embedding
                    : tensor(scope, checkpoint.tensor("lm_head.weight", vocabulary, width));
            script.run("bind_ends", Script.value(embedding), Script.value(norm), Script.value(scores));
        }
        for (int i = 0; i < config.layers(); i++) {
            String layer = "model.layers." + i + ".";
            try (NDManager scope = manager.newSubManager()) {
                List<NDArray> norms = List.of(
                        tensor(scope, checkpoint.tensor(layer + "input_layernorm.weight", width)),
                        tensor(scope, checkpoint.tensor(layer + "post_attention_layernorm.weight", width)));
                List<NDArray> projections = List.of(
                        tensor(scope, checkpoint.tensor(layer + "self_attn.q_proj.weight", attention, width)),
                        tensor(scope, checkpoint.tensor(layer + "self_attn.k_proj.weight", keys, width)),
                        tensor(scope, checkpoint.tensor(layer + "self_attn.v_proj.weight", keys, width)),
                        tensor(scope, checkpoint.tensor(layer + "self_attn.o_proj.weight", width, attention)));
                List<NDArray> biases = new ArrayList<>();
                if (config.attentionBias()) {
                    biases.add(tensor(scope, checkpoint.tensor(layer + "self_attn.q_proj.bias", attention)));
                    biases.add(tensor(scope, checkpoint.tensor(layer + "self_attn.k_proj.bias", keys)));
                    biases.add(tensor(scope, checkpoint.tensor(layer + "self_attn.v_proj.bias", keys)));
                    biases.add(tensor(scope, checkpoint.tensor(layer + "self_attn.o_proj.bias", width)));
                }
                List<NDArray> feedForward = List.of(
                        tensor(scope, checkpoint.tensor(layer + "mlp.gate_proj.weight", config.intermediate(), width)),
                        tensor(scope, checkpoint.tensor(layer + "mlp.up_proj.weight", config.intermediate(), width)),
                        tensor(scope, checkpoint.tensor(layer + "mlp.down_proj.weight", width, config.intermediate())));
                script.run(
                        "bind_layer",
                        Script.value(norms),
                        Script.value(projections),
                        Script.value(biases),
                        Script.value(feedForward));
            }
        }
        script.run(
                "bind_cache",
                Script.value(options.rows()),
                Script.value(options.positions()),
                IValue.from(config.ropeTheta()));
    }

    /**
     * Binds grounded {@code mlp} draft heads to the base model.
     *
     * @param heads a checkpoint whose width and vocabulary are the base model's
     * @param count how many of its heads to bind: as many as the tree is deep
     */
    public void bindHeads(HeadsCheckpoint heads, int count) {
        heads.requireFits(config);
        if (heads.config().kind() != HeadsKind.HYDRA) {
            throw new IllegalArgumentException("heads are of kind %s; expected %s, the only kind that drafts so far"
                    .formatted(heads.config().kind(), HeadsKind.HYDRA));
        }
        try (NDManager scope = manager.newSubManager()) {
            List<NDArray> activated = new ArrayList<>();
            List<NDArray> residual = new ArrayList<>();
            List<NDArray> later = new ArrayList<>();
            List<NDArray> scores = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                HeadTensors head = heads.head(i);
                head.activated().forEach(tensor -> activated.add(tensor(scope, tensor)));
                head.residual().forEach(tensor -> residual.add(tensor(scope, tensor)));
                head.later().forEach(tensor -> later.add(tensor(scope, tensor)));
                head.scores().forEach(tensor -> scores.add(tensor(scope, tensor)));
            }
            script.run(
                    "bind_heads",
                    Script.value(activated),
                    Script.value(residual),
                    Script.value(later),
                    Script.value(heads.config().layers() - 1),
                    Script.value(scores));
        }
        draftHeads = count;
    }

    /**
     * Reads the next tokens of each prompt into the cache.
     *
     * @param rows   the cache row of each of the B sequences
     * @param starts tokens that each row holds already
     * @param chunk  the next tokens of each, one at least; rows may differ in length
     * @return each sequence's root token, which means something after its last chunk only
     */
    public List<Integer> prefill(List<Integer> rows, List<Integer> starts, List<List<Integer>> chunk) {
        int nodes = chunk.stream().mapToInt(List::size).max().orElseThrow();
        long[] tokens = new long[rows.size() * nodes];
        for (int row = 0; row < chunk.size(); row++) {
            for (int at = 0; at < chunk.get(row).size(); at++) {
                tokens[row * nodes + at] = chunk.get(row).get(at);
            }
        }
        try (NDManager scope = manager.newSubManager()) {
            NDArray roots = script.array(
                    scope,
                    "prefill",
                    Script.value(numbers(scope, rows)),
                    Script.value(first(rows)),
                    Script.value(numbers(scope, starts)),
                    Script.value(attended(starts, nodes)),
                    Script.value(scope.create(tokens, new Shape(rows.size(), nodes))),
                    Script.value(numbers(scope, chunk.stream().map(List::size).toList())));
            return integers(roots.toLongArray());
        }
    }

    /** A draft of nothing but the root tokens. */
    public Draft root(Frontier frontier) {
        long[] roots = frontier.roots().stream().mapToLong(Integer::longValue).toArray();
        return new Draft(TreeShape.single(), manager.create(roots, new Shape(roots.length, 1)));
    }

    /**
     * Gives every node of a tree a token with the draft heads, level by level.
     *
     * @throws IllegalArgumentException if the tree is deeper than the heads that are bound
     */
    public Draft draft(Frontier frontier, TreeShape shape) {
        if (shape.depth() > draftHeads) {
            throw new IllegalArgumentException(
                    "a tree of depth %d needs as many draft heads; %d are bound".formatted(shape.depth(), draftHeads));
        }
        try (NDManager scope = manager.newSubManager()) {
            NDArray tokens = script.array(
                    manager,
                    "draft",
                    Script.value(numbers(scope, frontier.rows())),
                    Script.value(numbers(scope, frontier.roots())),
                    Script.value(tree(shape)));
            return new Draft(shape, tokens);
        }
    }

    /**
     * A draft of tokens that the caller chose.
     *
     * @param tokens for each of the B sequences one per node, the root's first
     */
    public Draft given(TreeShape shape, List<List<Integer>> tokens) {
        long[] flat = tokens.stream()
                .flatMap(List::stream)
                .mapToLong(Integer::longValue)
                .toArray();
        return new Draft(shape, manager.create(flat, new Shape(tokens.size(), shape.size())));
    }

    /**
     * What one draft head makes of a hidden row and the tokens behind it: for tests and measurements, not for the loop.
     *
     * @param hidden at the last verified position, (D,)
     * @param path   the root token and the drafted tokens behind it, (d + 1,): the head of depth d, counted from 0, is asked
     * @return scores of the next token, before the softmax, (V,)
     */
    public float[] headScores(float[] hidden, List<Integer> path) {
        return head(hidden, path, 1);
    }

    /** The row (D,) of the head's last block, from which {@link #headScores} are made. */
    public float[] headHidden(float[] hidden, List<Integer> path) {
        return head(hidden, path, 0);
    }

    private float[] head(float[] hidden, List<Integer> path, int result) {
        if (path.isEmpty() || path.size() > draftHeads) {
            throw new IllegalArgumentException(
                    "a path of %d tokens asks head %d; %d are bound".formatted(path.size(), path.size(), draftHeads));
        }
        try (NDManager scope = manager.newSubManager()) {
            return script.arrays(
                            scope,
                            "head_scores",
                            Script.value(scope.create(hidden, new Shape(1, hidden.length))),
                            Script.value(numbers(scope, path).expandDims(0)))
                    .get(result)
                    .toFloatArray();
        }
    }

    /**
     * Runs every drafted node through the model in one pass, each attending to its own ancestors and to the sequence's cache.
     * The new keys and values stay provisional until {@link #commit}.
     *
     * @return scores (B, N, V) and hidden rows (B, N, D); the caller closes it
     * @throws IllegalStateException if a sequence's cache row has fewer than N positions left
     */
    public Verdict verify(Frontier frontier, Draft draft) {
        int nodes = draft.shape().size();
        try (NDManager scope = manager.newSubManager()) {
            List<NDArray> verdict = script.arrays(
                    manager,
                    "verify",
                    Script.value(numbers(scope, frontier.rows())),
                    Script.value(first(frontier.rows())),
                    Script.value(numbers(scope, frontier.lengths())),
                    Script.value(attended(frontier.lengths(), nodes)),
                    Script.value(draft.array()),
                    Script.value(tree(draft.shape())));
            return new Verdict(verdict.get(0), verdict.get(1));
        }
    }

    /** Walks each tree along the tokens that the base model itself would say, as far as they were drafted. */
    public List<Acceptance> walk(Draft draft, Verdict verdict) {
        TreeShape shape = draft.shape();
        int places = shape.depth() + 1;
        try (NDManager scope = manager.newSubManager()) {
            long[] flat = script.array(
                            scope,
                            "accept",
                            Script.value(draft.array()),
                            Script.value(verdict.scores()),
                            Script.value(tree(shape)))
                    .toLongArray();
            int stride = 2 + 2 * places;
            List<Acceptance> acceptances = new ArrayList<>();
            for (int at = 0; at < flat.length; at += stride) {
                int depth = (int) flat[at];
                List<Integer> nodes = integers(flat, at + 2, depth + 1);
                List<Integer> tokens = integers(flat, at + 2 + places + 1, depth);
                acceptances.add(new Acceptance(new TreePath(nodes), tokens, (int) flat[at + 1]));
            }
            return acceptances;
        }
    }

    /**
     * Keeps each sequence's accepted path: its keys and values move to the end of the verified prefix, in one operation over all
     * layers, and its last node's hidden row becomes what the next draft starts from.
     *
     * @param paths one per sequence; the caller moves the frontier on by as many tokens as a path has nodes
     */
    public void commit(Frontier frontier, Verdict verdict, List<TreePath> paths) {
        long nodes = verdict.hidden().getShape().get(1);
        long[] last = new long[paths.size()];
        int moved = 0;
        for (int row = 0; row < last.length; row++) {
            TreePath path = paths.get(row);
            last[row] = row * nodes + path.last();
            if (path.last() != path.depth()) {
                moved = Math.max(moved, path.nodes().size());
            }
        }
        long[] moves = new long[paths.size() * moved];
        for (int row = 0; row < last.length; row++) {
            List<Integer> path = paths.get(row).nodes();
            for (int place = 0; place < moved; place++) {
                // behind a shorter path every place keeps what it has: nobody reads it
                moves[row * moved + place] = place < path.size() ? path.get(place) : place;
            }
        }
        try (NDManager scope = manager.newSubManager()) {
            script.run(
                    "commit",
                    Script.value(numbers(scope, frontier.rows())),
                    Script.value(numbers(scope, frontier.lengths())),
                    Script.value(verdict.hidden()),
                    Script.value(scope.create(last)),
                    Script.value(scope.create(moves, new Shape(paths.size(), moved))));
        }
    }

    /** The number under which the graph knows a tree, which is told of it the first time. */
    private long tree(TreeShape shape) {
        return trees.computeIfAbsent(shape, this::addTree);
    }

    private long addTree(TreeShape shape) {
        int nodes = shape.size();
        try (NDManager scope = manager.newSubManager()) {
            List<Integer> parents = new ArrayList<>(shape.parents());
            parents.set(0, 0);
            List<NDArray> levels = new ArrayList<>();
            List<Long> ranks = new ArrayList<>();
            for (TreeLevel level : shape.levels()) {
                int breadth = level.breadth();
                ranks.add((long) breadth);
                levels.add(numbers(
                        scope,
                        IntStream.range(0, level.size())
                                .mapToObj(at -> level.parents().get(at) * breadth
                                        + level.ranks().get(at))
                                .toList()));
                levels.add(numbers(scope, level.expanded()));
                levels.add(numbers(
                        scope,
                        level.expanded().stream().map(level.parents()::get).toList()));
            }
            int[][] paths = shape.paddedPaths();
            long[] flat = new long[nodes * (shape.depth() + 1)];
            for (int node = 0; node < nodes; node++) {
                for (int place = 0; place <= shape.depth(); place++) {
                    flat[node * (shape.depth() + 1) + place] = paths[node][place];
                }
            }
            boolean[] ancestors = TreeMask.of(shape).flat();
            return script.number(
                    "add_tree",
                    Script.value(scope.create(ancestors, new Shape(nodes, nodes))),
                    Script.value(numbers(scope, parents)),
                    Script.value(
                            numbers(scope, IntStream.of(shape.depths()).boxed().toList())),
                    Script.value(scope.create(flat, new Shape(nodes, shape.depth() + 1))),
                    IValue.listFrom(ranks.stream().mapToLong(Long::longValue).toArray()),
                    Script.value(levels));
        }
    }

    /** float32 on a CPU, whose libtorch has slow bfloat16 attention only; elsewhere the type of the activations. */
    private DataType cacheType() {
        return manager.getDevice().isGpu() ? options.dataType() : DataType.FLOAT32;
    }

    /** A stored tensor, on the device, in the model's data type. */
    private NDArray tensor(NDManager scope, StoredTensor stored) {
        int storage = switch (stored.type()) {
            case FLOAT32 -> 6;
            case FLOAT16 -> 5;
            case BFLOAT16 -> 15;
        };
        long[] shape = stored.shape().stream().mapToLong(Long::longValue).toArray();
        weightBytes += new Shape(shape).size() * options.dataType().bytes();
        try (NDArray raw = manager.create(
                stored.bytes(), new Shape(stored.bytes().remaining()), ai.djl.ndarray.types.DataType.UINT8)) {
            return script.array(scope, "tensor", Script.value(raw), Script.value(storage), IValue.listFrom(shape));
        }
    }

    private int attended(List<Integer> lengths, int nodes) {
        int longest = lengths.stream().mapToInt(Integer::intValue).max().orElseThrow();
        if (longest + nodes > options.positions()) {
            throw new IllegalStateException("a sequence of %d tokens and %d more do not fit a cache row of %d positions"
                    .formatted(longest, nodes, options.positions()));
        }
        return longest + nodes;
    }

    /** The first row where the rows are neighbours in ascending order, else -1. */
    private static int first(List<Integer> rows) {
        for (int at = 1; at < rows.size(); at++) {
            if (rows.get(at) != rows.get(0) + at) {
                return -1;
            }
        }
        return rows.get(0);
    }

    private static NDArray numbers(NDManager owner, List<Integer> values) {
        return owner.create(values.stream().mapToLong(Integer::longValue).toArray());
    }

    private static List<Integer> integers(long[] values) {
        return integers(values, 0, values.length);
    }

    private static List<Integer> integers(long[] values, int from, int count) {
        List<Integer> integers = new ArrayList<>(count);
        for (int at = from; at < from + count; at++) {
            integers.add((int) values[at]);
        }
        return integers;
    }

    @Override
    public void close() {
        script.close();
    }
}
