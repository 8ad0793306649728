package dev.hydra.graph;

import ai.djl.Device;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.JniUtils;
import dev.hydra.checkpoint.Checkpoint;
import dev.hydra.checkpoint.HeadsCheckpoint;
import dev.hydra.checkpoint.HeadsKind;
import dev.hydra.checkpoint.ModelConfig;
import dev.hydra.checkpoint.StoredTensor;
import dev.hydra.tree.TreePath;
import dev.hydra.tree.TreeShape;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToIntBiFunction;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * A base model, its draft heads and its cache on a device; the only door to TorchScript, with one method for each entry of
 * {@code hydra_llama.py}.
 *
 * <p>The cache has a fixed number of rows, each for one sequence, and is allocated once. Not safe for use by several threads
 * at once; {@link #prepareThread} makes the thread that uses it fast.
 */
public final class ModelGraph implements AutoCloseable {

    /** What a {@link Choice} has beside its keys. */
    private static final int KNOBS = 7;

    private final Script script;
    private final NDManager manager;
    private final ModelConfig config;
    private final GraphOptions options;
    private final Weights weights;
    private final Trees trees;
    private final TokenMasks masks;
    private final Map<HeadsKind, Integer> bound = new EnumMap<>(HeadsKind.class);
    private boolean tallied;

    private ModelGraph(ModelConfig config, GraphOptions options, Products products) {
        this.config = config;
        this.options = options;
        this.script = new Script(archive(products), Device.fromName(device(options.device())));
        this.manager = script.manager();
        this.weights = new Weights(script, config, options, products);
        this.trees = new Trees(script);
        this.masks = new TokenMasks(script, config.vocabulary());
    }

    private static GraphArchive archive(Products products) {
        return new GraphArchive("HydraLlama")
                .source(ModelGraph.class, "hydra_llama.py")
                .source(ModelGraph.class, products.source())
                .integer("query_heads")
                .integer("key_heads")
                .integer("head_width")
                .real("epsilon")
                .integer("window")
                .real("embedding_scale")
                .real("output_cap")
                .list("manners", "__torch__.Manner")
                .bool("packed")
                .integer("kind")
                .integer("cache_kind")
                .list("ends", "__torch__.Ends")
                .list("layers", "__torch__.Layer")
                .list("angles", "__torch__.Angles")
                .list("cache", "__torch__.Cache")
                .list("hidden_blocks", "__torch__.Linear")
                .list("paths", "__torch__.Linear")
                .list("heads", "__torch__.Head")
                .list("medusa_heads", "__torch__.MedusaHead")
                .list("prefix", "__torch__.Prefix")
                .list("trees", "__torch__.Tree")
                .list("grove_trees", "int")
                .list("groves", "__torch__.Grove")
                .list("tallies", "__torch__.Tallies")
                .tensors("masks");
    }

    /**
     * Loads a base model, tensor by tensor, and allocates the cache.
     *
     * @throws dev.hydra.checkpoint.CheckpointException if a tensor is missing or misshapen
     * @throws IllegalArgumentException if the device does not exist, or a row has more positions than the model knows
     */
    public static ModelGraph load(Checkpoint checkpoint, GraphOptions options) {
        return load(checkpoint, List.of(), options);
    }

    /**
     * Loads a base model with another embedding table, as the authors' code does with the copy that comes with their heads: it serves
     * the base model and the heads alike. A tied output layer stays the base model's own.
     *
     * @param embeddings the table (V, D), or nothing for the base model's own
     */
    public static ModelGraph load(Checkpoint checkpoint, List<StoredTensor> embeddings, GraphOptions options) {
        ModelGraph graph = empty(checkpoint, options, Products.of(device(options.device()), options.dataType()));
        return graph.bind(checkpoint, embeddings);
    }

    /** Loads with products of the caller's choice. */
    static ModelGraph load(Checkpoint checkpoint, GraphOptions options, Products products) {
        return empty(checkpoint, options, products).bind(checkpoint, List.of());
    }

    private static ModelGraph empty(Checkpoint checkpoint, GraphOptions options, Products products) {
        ModelConfig config = checkpoint.config();
        if (options.positions() > config.longest()) {
            throw new IllegalArgumentException(
                    "a cache row of %d positions; the model knows %d (max_position_embeddings%s)"
                            .formatted(
                                    options.positions(),
                                    config.longest(),
                                    config.longest() > config.positions() ? ", scaled" : ""));
        }
        return new ModelGraph(config, options, products);
    }

    private ModelGraph bind(Checkpoint checkpoint, List<StoredTensor> embeddings) {
        try {
            prepareThread();
            weights.bind(checkpoint, embeddings);
            return this;
        } catch (EngineException e) {
            close();
            throw Libtorch.failure(e);
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    /**
     * Demands that the libraries that graphs run on belong together.
     *
     * @throws DjlVersionException if they are of several versions
     */
    public static void requireLibraries() {
        DjlVersions.requireOne(ModelGraph.class.getClassLoader());
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
        int gpus = Libtorch.engine().getGpuCount();
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
        Libtorch.engine();
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

    /** Bytes of all weights as they lie on the device, the draft heads' included. */
    public long weightBytes() {
        return weights.bytes();
    }

    /**
     * Binds draft heads to the base model: one set of Medusa heads, one set of Hydra or Hydra++ heads, or both.
     *
     * @param heads a checkpoint whose width and vocabulary are the base model's
     * @throws dev.hydra.checkpoint.CheckpointException if the heads do not fit the base model
     * @throws IllegalArgumentException if a set that drafts in the same way is bound already
     */
    public void bindHeads(HeadsCheckpoint heads) {
        heads.requireFits(config);
        HeadsKind kind = heads.config().kind();
        if (bound.keySet().stream().anyMatch(other -> other.grounded() == kind.grounded())) {
            throw new IllegalArgumentException(
                    "heads of kind %s beside heads of kind %s; expected one set of Medusa heads and one of Hydra heads at most"
                            .formatted(kind, bound.keySet()));
        }
        try {
            weights.bind(heads);
        } catch (EngineException e) {
            throw Libtorch.failure(e);
        }
        bound.put(kind, heads.config().heads());
    }

    /** Draft heads that are bound, by kind. */
    public Map<HeadsKind, Integer> draftHeads() {
        return Map.copyOf(bound);
    }

    /** Hydra or Hydra++ heads that are bound. */
    public int hydraHeads() {
        return bound.getOrDefault(HeadsKind.HYDRA, 0) + bound.getOrDefault(HeadsKind.HYDRA_PLUS_PLUS, 0);
    }

    /** Medusa heads that are bound. */
    public int medusaHeads() {
        return bound.getOrDefault(HeadsKind.MEDUSA, 0);
    }

    /**
     * Reads the next tokens of each prompt into the cache.
     *
     * @param rows   the cache row of each of the B sequences
     * @param starts tokens that each row holds already
     * @param chunk  the next tokens of each, one at least; rows may differ in length
     * @return the scores behind each sequence's last token (B, 1, V), and the hidden rows of all tokens (B, N, D); the caller closes it
     * @throws IllegalStateException if a cache row has too few positions left
     */
    public Verdict prefill(List<Integer> rows, List<Integer> starts, List<List<Integer>> chunk) {
        int nodes = chunk.stream().mapToInt(List::size).max().orElseThrow();
        long[] tokens = new long[rows.size() * nodes];
        for (int row = 0; row < chunk.size(); row++) {
            List<Integer> own = chunk.get(row);
            for (int at = 0; at < nodes; at++) {
                tokens[row * nodes + at] = own.get(Math.min(at, own.size() - 1));
            }
        }
        List<Integer> counts = chunk.stream().map(List::size).toList();
        try (NDManager scope = manager.newSubManager()) {
            List<NDArray> verdict = script.arrays(
                    manager,
                    "prefill",
                    Script.value(Script.numbers(scope, rows)),
                    Script.value(first(rows)),
                    Script.value(Script.numbers(scope, starts)),
                    Script.value(attended(starts, counts)),
                    Script.value(scope.create(tokens, new Shape(rows.size(), nodes))),
                    Script.value(Script.numbers(scope, counts)));
            return new Verdict(verdict.get(0), verdict.get(1));
        }
    }

    /** A draft of nothing but the root tokens. */
    public Draft root(Frontier frontier) {
        long[] roots = frontier.roots().stream().mapToLong(Integer::longValue).toArray();
        return new Draft(all(TreeShape.single(), frontier), manager.create(roots, new Shape(roots.length, 1)));
    }

    /**
     * Gives every node of a tree a token with the Hydra heads, level by level. The children of a root are of the tokens that may follow it,
     * as far as there are that many.
     *
     * @throws IllegalArgumentException if the tree is deeper than there are heads, or wider than the vocabulary
     */
    public Draft draft(Frontier frontier, TreeShape shape) {
        return draft("draft", frontier, shape, hydraHeads());
    }

    /**
     * Gives every node of a tree a token with the Medusa heads, all at once. The children of a root are of the tokens that may follow it, as
     * far as there are that many.
     *
     * @throws IllegalArgumentException if the tree is deeper than there are heads, or wider than the vocabulary
     */
    public Draft draftMedusa(Frontier frontier, TreeShape shape) {
        return draft("draft_medusa", frontier, shape, medusaHeads());
    }

    private Draft draft(String entry, Frontier frontier, TreeShape shape, int heads) {
        requireDepth(shape, heads);
        // should there be more sequences than masks, the last ones do without
        List<Integer> guided = IntStream.range(0, frontier.size())
                .filter(member -> frontier.following().get(member).isPresent())
                .limit(TokenMasks.MOST)
                .boxed()
                .toList();
        List<BitSet> following = guided.stream()
                .map(member -> frontier.following().get(member).orElseThrow())
                .toList();
        try (NDManager scope = manager.newSubManager()) {
            NDArray tokens = script.array(
                    manager,
                    entry,
                    Script.value(Script.numbers(scope, frontier.rows())),
                    Script.value(Script.numbers(scope, frontier.roots())),
                    Script.value(trees.number(shape)),
                    list(guided),
                    maskNumbers(following));
            return new Draft(all(shape, frontier), tokens);
        }
    }

    /**
     * Demands that heads can give every node of a tree a token.
     *
     * @param heads how many there are
     * @throws IllegalArgumentException if the tree is deeper than there are heads, or a node has more children than there are tokens
     */
    public void requireDraftable(TreeShape shape, int heads) {
        requireDepth(shape, heads);
        if (shape.breadth() > config.vocabulary()) {
            throw new IllegalArgumentException("a node of the tree has %d children; the model knows %d tokens"
                    .formatted(shape.breadth(), config.vocabulary()));
        }
    }

    private static void requireDepth(TreeShape shape, int heads) {
        if (shape.depth() > heads) {
            throw new IllegalArgumentException(
                    "the tree is %d levels deep; there are %d draft heads: use a tree no deeper than the heads"
                            .formatted(shape.depth(), heads));
        }
    }

    /**
     * Drafts of parts of a batch as one.
     *
     * @param parts   the drafts, which stay the caller's
     * @param members for each part the places of its sequences in the batch
     */
    public Draft join(List<Draft> parts, List<List<Integer>> members) {
        int size = members.stream().mapToInt(List::size).sum();
        Integer[] order = new Integer[size];
        TreeShape[] shapes = new TreeShape[size];
        int at = 0;
        for (int part = 0; part < parts.size(); part++) {
            for (int member = 0; member < members.get(part).size(); member++) {
                int place = members.get(part).get(member);
                order[place] = at++;
                shapes[place] = parts.get(part).shapes().get(member);
            }
        }
        try (NDManager scope = manager.newSubManager()) {
            NDArray tokens = script.array(
                    manager,
                    "join_drafts",
                    Script.value(parts.stream().map(Draft::array).toList()),
                    Script.value(Script.numbers(scope, List.of(order))));
            return new Draft(List.of(shapes), tokens);
        }
    }

    /**
     * A draft of tokens that the caller chose.
     *
     * @param shapes the tree of each of the B sequences
     * @param tokens (B, N), the root's first; behind a smaller tree's, copies of its root's
     */
    public Draft given(List<TreeShape> shapes, long[][] tokens) {
        long[] flat = Stream.of(tokens).flatMapToLong(LongStream::of).toArray();
        return new Draft(shapes, manager.create(flat, new Shape(tokens.length, tokens[0].length)));
    }

    /**
     * A draft of tokens that the caller chose: for tests, not for the loop.
     *
     * @param tokens for each of the B sequences one per node, the root's first
     */
    public Draft given(TreeShape shape, List<List<Integer>> tokens) {
        long[] flat = tokens.stream()
                .flatMap(List::stream)
                .mapToLong(Integer::longValue)
                .toArray();
        return new Draft(
                Collections.nCopies(tokens.size(), shape),
                manager.create(flat, new Shape(tokens.size(), shape.size())));
    }

    /**
     * A verdict of scores that the caller chose: for tests, not for the loop.
     *
     * @param scores (B, N, V)
     */
    public Verdict given(float[][][] scores) {
        return new Verdict(array(scores), manager.zeros(new Shape(scores.length, scores[0].length, config.width())));
    }

    /**
     * A verdict of hidden rows that the caller chose: for tests, not for the loop.
     *
     * @param hidden (B, N, D)
     */
    public Verdict givenHidden(float[][][] hidden) {
        return new Verdict(
                manager.zeros(new Shape(hidden.length, hidden[0].length, config.vocabulary())), array(hidden));
    }

    private NDArray array(float[][][] values) {
        Shape shape = new Shape(values.length, values[0].length, values[0][0].length);
        FloatBuffer flat = FloatBuffer.allocate((int) shape.size());
        Stream.of(values).flatMap(Stream::of).forEach(flat::put);
        return manager.create(flat.array(), shape);
    }

    /**
     * What one Hydra head makes of a hidden row and the tokens behind it: for tests and measurements, not for the loop.
     *
     * @param hidden what the heads read at the last verified position, (D,)
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
        requireHead(path.size(), hydraHeads());
        try (NDManager scope = manager.newSubManager()) {
            return script.arrays(
                            scope,
                            "head_scores",
                            Script.value(scope.create(hidden, new Shape(1, hidden.length))),
                            Script.value(Script.numbers(scope, path).expandDims(0)))
                    .get(result)
                    .toFloatArray();
        }
    }

    /**
     * What one Medusa head makes of a hidden row: for tests and measurements, not for the loop.
     *
     * @param hidden at the last verified position, (D,)
     * @param head   counted from 0
     * @return scores of its token, before the softmax, (V,)
     */
    public float[] medusaScores(float[] hidden, int head) {
        return medusaHead(hidden, head, 1);
    }

    /** The row (D,) of the head's last block, from which {@link #medusaScores} are made. */
    public float[] medusaHidden(float[] hidden, int head) {
        return medusaHead(hidden, head, 0);
    }

    private float[] medusaHead(float[] hidden, int head, int result) {
        requireHead(head + 1, medusaHeads());
        try (NDManager scope = manager.newSubManager()) {
            return script.arrays(
                            scope,
                            "medusa_scores",
                            Script.value(scope.create(hidden, new Shape(1, hidden.length))),
                            Script.value(head))
                    .get(result)
                    .toFloatArray();
        }
    }

    private static void requireHead(int number, int heads) {
        if (number < 1 || number > heads) {
            throw new IllegalArgumentException("head %d is asked; %d are bound".formatted(number, heads));
        }
    }

    /**
     * Runs every drafted node through the model in one pass, each attending to its own ancestors and to the sequence's cache.
     * The new keys and values stay provisional until {@link #commit}.
     *
     * @return scores (B, N, V) and hidden rows (B, N, D); the caller closes it
     * @throws IllegalStateException if a sequence's cache row has fewer positions left than its tree has nodes
     */
    public Verdict verify(Frontier frontier, Draft draft) {
        List<Integer> sizes = draft.shapes().stream().map(TreeShape::size).toList();
        try (NDManager scope = manager.newSubManager()) {
            List<NDArray> verdict = script.arrays(
                    manager,
                    "verify",
                    Script.value(Script.numbers(scope, frontier.rows())),
                    Script.value(first(frontier.rows())),
                    Script.value(Script.numbers(scope, frontier.lengths())),
                    Script.value(attended(frontier.lengths(), sizes)),
                    Script.value(draft.array()),
                    IValue.listFrom(trees.numbers(draft.shapes())));
            return new Verdict(verdict.get(0), verdict.get(1));
        }
    }

    /**
     * Takes all but some tokens from the scores of some nodes, as if they were impossible.
     *
     * @param places of the nodes in (B, N), each once
     * @param legal  the tokens that remain of each, one at least; sets that come again should be the same ones
     */
    public void allow(Verdict verdict, List<Integer> places, List<BitSet> legal) {
        for (int from = 0; from < places.size(); from += TokenMasks.MOST) {
            int to = Math.min(places.size(), from + TokenMasks.MOST);
            script.run(
                    "allow",
                    Script.value(verdict.scores()),
                    list(places.subList(from, to)),
                    maskNumbers(legal.subList(from, to)));
        }
    }

    private static IValue list(List<Integer> numbers) {
        return IValue.listFrom(numbers.stream().mapToLong(Integer::longValue).toArray());
    }

    /** @param sets no more than there are masks */
    private IValue maskNumbers(List<BitSet> sets) {
        Set<BitSet> used = new HashSet<>(sets);
        return IValue.listFrom(
                sets.stream().mapToLong(set -> masks.number(set, used)).toArray());
    }

    /**
     * Walks trees along the likeliest tokens, as far as they were drafted.
     *
     * @param members places of the sequences in the batch, ascending
     * @return one for each of them
     */
    public List<Acceptance> walk(Standing standing, List<Integer> members) {
        try (NDManager scope = manager.newSubManager()) {
            return accept(scope, "accept", standing, members);
        }
    }

    /**
     * Keeps the longest paths of acceptable tokens, of several the likeliest.
     *
     * @param members places of the sequences in the batch, ascending
     * @param asked   what is acceptable, one for each of them
     * @return one for each of them
     */
    public List<Acceptance> acceptTypical(Standing standing, List<Integer> members, List<Typicality> asked) {
        FloatBuffer knobs = FloatBuffer.allocate(3 * members.size());
        asked.forEach(one -> knobs.put((float) one.temperature())
                .put((float) one.threshold())
                .put((float) one.alpha()));
        try (NDManager scope = manager.newSubManager()) {
            NDArray asks = scope.create(knobs.array(), new Shape(members.size(), 3));
            return accept(scope, "accept_typical", standing, members, Script.value(asks));
        }
    }

    /**
     * Walks trees along tokens that are chosen one by one, as far as they were drafted.
     *
     * @param members places of the sequences in the batch, ascending
     * @param choices how tokens are chosen, one for each of them, with keys for as many depths as the deepest tree has, and the root
     * @return one for each of them
     */
    public List<Acceptance> sample(Standing standing, List<Integer> members, List<Choice> choices) {
        int size = members.size();
        int depths = standing.depth() + 1;
        FloatBuffer knobs = FloatBuffer.allocate(KNOBS * size);
        LongBuffer keys = LongBuffer.allocate(2 * depths * size);
        int widest = 0;
        for (Choice choice : choices) {
            int topK = choice.topK() == 0 ? config.vocabulary() : Math.min(choice.topK(), config.vocabulary());
            knobs.put((float) choice.temperature())
                    .put(topK)
                    // sums of rounded probabilities may pass 1 before the last token
                    .put(choice.topP() < 1 ? (float) choice.topP() : 2)
                    .put((float) choice.minP())
                    .put((float) choice.repetitionPenalty())
                    .put((float) choice.frequencyPenalty())
                    .put((float) choice.presencePenalty());
            choice.keys().forEach(key -> keys.put(key >>> Integer.SIZE).put(key & 0xffff_ffffL));
            boolean cuts = topK < config.vocabulary() || choice.topP() < 1 || choice.minP() > 0;
            widest = choice.temperature() > 0 && cuts ? Math.max(widest, topK) : widest;
        }
        List<Integer> rows =
                members.stream().map(standing.frontier().rows()::get).toList();
        try (NDManager scope = manager.newSubManager()) {
            return accept(
                    scope,
                    "accept_sampled",
                    standing,
                    members,
                    Script.value(Script.numbers(scope, rows)),
                    Script.value(scope.create(knobs.array(), new Shape(size, KNOBS))),
                    Script.value(widest),
                    Script.value(scope.create(keys.array(), new Shape(size, depths, 2))));
        }
    }

    /** Calls an entry that accepts; what it takes beyond the draft and the scores comes last. */
    private List<Acceptance> accept(
            NDManager scope, String entry, Standing standing, List<Integer> members, IValue... more) {
        Draft draft = standing.draft();
        List<IValue> arguments = new ArrayList<>(List.of(
                Script.value(Script.numbers(scope, members)),
                Script.value(draft.array()),
                Script.value(standing.verdict().scores()),
                IValue.listFrom(trees.numbers(draft.shapes()))));
        arguments.addAll(List.of(more));
        long[] flat =
                script.array(scope, entry, arguments.toArray(IValue[]::new)).toLongArray();
        int places = draft.depth() + 1;
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

    /**
     * A sequence takes a cache row. Tells the graph what its sampling may look back at; without that, penalties and biases that
     * the row's last user had would go on, and so would an overflow.
     *
     * @param row    the cache row
     * @param prompt the tokens that it was given
     * @param bias   what is added to a token's score, by token
     * @param needed whether the sequence's sampling looks back or is biased
     */
    public void begin(int row, List<Integer> prompt, Map<Integer, Double> bias, boolean needed) {
        script.run("begin", Script.value(row));
        if (!needed && !tallied) {
            return;
        }
        tallied = true;
        float[] values = new float[bias.size()];
        int at = 0;
        for (double value : bias.values()) {
            values[at++] = (float) value;
        }
        try (NDManager scope = manager.newSubManager()) {
            script.run(
                    "begin_tallies",
                    Script.value(row),
                    Script.value(Script.numbers(scope, prompt)),
                    Script.value(Script.numbers(scope, List.copyOf(bias.keySet()))),
                    Script.value(scope.create(values)));
        }
    }

    /**
     * Keeps each sequence's accepted path: its keys and values move to the end of the verified prefix, in one operation over all
     * layers, and its last node's hidden row becomes what the next draft starts from.
     *
     * @param paths one per sequence; the caller moves the frontier on by as many tokens as a path has nodes
     */
    public void commit(Frontier frontier, Verdict verdict, List<TreePath> paths) {
        long nodes = verdict.nodes();
        long[] last = new long[paths.size()];
        int moved = 0;
        for (int row = 0; row < last.length; row++) {
            TreePath path = paths.get(row);
            last[row] = row * nodes + path.last();
            if (path.last() != path.depth()) {
                moved = Math.max(moved, path.nodes().size());
            }
        }
        int places = moved;
        long[] from = padded(paths, places, (path, place) -> path.nodes().get(place));
        long[] to = padded(paths, places, (path, place) -> place);
        try (NDManager scope = manager.newSubManager()) {
            script.run(
                    "commit",
                    Script.value(Script.numbers(scope, frontier.rows())),
                    Script.value(Script.numbers(scope, frontier.lengths())),
                    Script.value(verdict.hidden()),
                    Script.value(scope.create(last)),
                    Script.value(scope.create(from, new Shape(paths.size(), places))),
                    Script.value(scope.create(to, new Shape(paths.size(), places))));
        }
    }

    /**
     * Runs the prefix layer of Hydra++ heads over hidden rows that have become part of the text, once each; does nothing where
     * there is no such layer.
     *
     * @param frontier where the sequences stood before, of the whole batch
     * @param members  places of the sequences in the batch whose prefix layer goes on, ascending
     * @param paths    the nodes of the verdict whose hidden rows are new, one for each of these sequences
     */
    public void follow(Frontier frontier, Verdict verdict, List<Integer> members, List<TreePath> paths) {
        if (!bound.containsKey(HeadsKind.HYDRA_PLUS_PLUS)) {
            return;
        }
        int places = paths.stream().mapToInt(path -> path.nodes().size()).max().orElseThrow();
        long[] nodes = padded(paths, places, (path, place) -> path.nodes().get(place));
        long[] depths = padded(paths, places, (path, place) -> place);
        List<Integer> rows = members.stream().map(frontier.rows()::get).toList();
        List<Integer> lengths = members.stream().map(frontier.lengths()::get).toList();
        try (NDManager scope = manager.newSubManager()) {
            script.run(
                    "follow",
                    Script.value(Script.numbers(scope, rows)),
                    Script.value(first(rows)),
                    Script.value(Script.numbers(scope, lengths)),
                    Script.value(attended(
                            lengths,
                            paths.stream().map(path -> path.nodes().size()).toList())),
                    Script.value(verdict.hidden()),
                    Script.value(Script.numbers(scope, members)),
                    Script.value(scope.create(nodes, new Shape(paths.size(), places))),
                    Script.value(scope.create(depths, new Shape(paths.size(), places))));
        }
    }

    /** What the prefix layer makes of a cache row's text, (D,): for tests, not for the loop. */
    public float[] prefixed(int row) {
        try (NDManager scope = manager.newSubManager()) {
            return script.array(scope, "prefixed", Script.value(Script.numbers(scope, List.of(row))))
                    .toFloatArray();
        }
    }

    /** Paths (B, places) one after the other, the last entry of each repeated as often as need be. */
    private static long[] padded(List<TreePath> paths, int places, ToIntBiFunction<TreePath, Integer> entry) {
        long[] flat = new long[paths.size() * places];
        for (int row = 0; row < paths.size(); row++) {
            TreePath path = paths.get(row);
            for (int place = 0; place < places; place++) {
                flat[row * places + place] =
                        entry.applyAsInt(path, Math.min(place, path.nodes().size() - 1));
            }
        }
        return flat;
    }

    private static List<TreeShape> all(TreeShape shape, Frontier frontier) {
        return Collections.nCopies(frontier.size(), shape);
    }

    /** Positions that a pass attends to, where so many tokens are added to each sequence. */
    private int attended(List<Integer> lengths, List<Integer> added) {
        int longest = 0;
        for (int at = 0; at < lengths.size(); at++) {
            int length = lengths.get(at) + added.get(at);
            if (length > options.positions()) {
                throw new IllegalStateException(
                        "a sequence of %d tokens and %d more do not fit a cache row of %d positions"
                                .formatted(lengths.get(at), added.get(at), options.positions()));
            }
            longest = Math.max(longest, length);
        }
        return longest;
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

    private static List<Integer> integers(long[] values, int from, int count) {
        List<Integer> integers = new ArrayList<>(count);
        for (int at = from; at < from + count; at++) {
            integers.add((int) values[at]);
        }
        return integers;
    }

    /** Frees all memory, and gives it back to the system. */
    @Override
    public void close() {
        script.close();
        NativeHeap.release();
    }
}
