package dev.hydra.training;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.training.GradientCollector;
import dev.hydra.checkpoint.Checkpoint;
import dev.hydra.checkpoint.HeadsConfig;
import dev.hydra.checkpoint.HeadsKind;
import dev.hydra.checkpoint.ModelConfig;
import dev.hydra.checkpoint.Rope;
import dev.hydra.checkpoint.SafetensorsWriter;
import dev.hydra.checkpoint.StorageType;
import dev.hydra.checkpoint.Tempering;
import dev.hydra.checkpoint.TensorFile;
import dev.hydra.graph.GraphArchive;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * The door to {@code hydra_training.py}: one method per entry. It holds the weights in training and the optimiser's state.
 *
 * <p>Belongs to the thread that made it. One step of one graph runs at a time in a process, because DJL collects gradients
 * globally.
 */
final class TrainingGraph implements AutoCloseable {

    /** Nine of a plain Llama's layer, and the norm behind it. */
    private static final int PREFIX_TENSORS = 10;

    private static final String MEAN = "mean.";
    private static final String SQUARE = "square.";

    private final Model model;
    private final PtSymbolBlock block;
    private List<Weight> trained = List.of();
    private int heads;

    /**
     * @param config the base model's sizes
     * @param device where to train: {@code cpu}, {@code gpu0} and so on, as {@link dev.hydra.graph.ModelGraph#device} names them
     * @param precision the data type of products
     * @param settings what is minimised, and how
     */
    TrainingGraph(ModelConfig config, String device, Precision precision, Settings settings) {
        model = Model.newInstance("hydra-training", Device.fromName(device), "PyTorch");
        try {
            model.load(new ByteArrayInputStream(archive()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (MalformedModelException e) {
            throw new IllegalStateException("the packed training graph is not readable", e);
        }
        block = (PtSymbolBlock) model.getBlock();
        JniUtils.setGraphExecutorOptimize(false);
        run(
                "bind_shape",
                IValue.from(config.heads()),
                IValue.from(config.keyValueHeads()),
                IValue.from(config.headWidth()),
                IValue.from(config.rmsNormEpsilon()),
                IValue.from(precision.torchType()));
        bindFamily(config);
        Objective objective = settings.objective();
        Optimizer optimizer = settings.optimizer();
        run(
                "bind_objective",
                IValue.listFrom(objective.labelWeight(), objective.teacherWeight()),
                IValue.listFrom(optimizer.weightDecay(), objective.dropout(), objective.noise()),
                IValue.listFrom(optimizer.maximumNorm(), optimizer.squaresDecay()));
    }

    private void bindFamily(ModelConfig config) {
        Rope rope = config.rope();
        try (NDManager memory = model.getNDManager().newSubManager()) {
            // rows are no longer than what the model states, so that no row's length asks for a base of its own
            NDArray frequencies = memory.create(rope.frequencies(config.headWidth(), config.positions()));
            run("bind_angles", IValue.from((PtNDArray) frequencies), IValue.from(rope.amplitude()));
        }
        Tempering tempering = config.tempering();
        run(
                "bind_family",
                IValue.from(config.window().size()),
                IValue.listFrom(config.window().layers().stream()
                        .mapToLong(Integer::longValue)
                        .toArray()),
                IValue.listFrom(tempering.scale(), config.embeddingScale()),
                IValue.listFrom(tempering.attentionCap(), tempering.outputCap()),
                IValue.from(config.family().normOffset()),
                IValue.from(config.family().gelu()));
        run(
                "bind_layout",
                IValue.listFrom(
                        config.layer(0).parts().stream().mapToLong(List::size).toArray()));
    }

    /** On a CPU. */
    TrainingGraph(ModelConfig config, Precision precision, Settings settings) {
        this(config, "cpu", precision, settings);
    }

    /** What a step minimises, and how it changes the weights. */
    record Settings(Objective objective, Optimizer optimizer) {}

    /** Loss and length of the gradient, before it was cut, of one step of the base. */
    record BaseStep(double loss, double gradientNorm) {}

    private static byte[] archive() {
        return new GraphArchive("HydraTraining")
                .source(GraphArchive.class, "hydra_llama.py")
                .source(GraphArchive.class, "plain_products.py")
                .source(TrainingGraph.class, "hydra_training.py")
                .integer("query_heads")
                .integer("key_heads")
                .integer("head_width")
                .integer("kind")
                .integer("repeats")
                .bool("grounded")
                .real("epsilon")
                .tensors("frequencies")
                .real("amplitude")
                .integer("window")
                .real("embedding_scale")
                .real("output_cap")
                .list("manners", "__torch__.Manner")
                .list("windowed", "int")
                .list("counts_of_layer", "int")
                .real("label_weight")
                .real("teacher_weight")
                .real("decay")
                .real("dropout")
                .real("noise")
                .real("longest")
                .real("memory")
                .tensors("base")
                .tensors("prefix")
                .list("heads", "List[Tensor]")
                .tensors("trained")
                .tensors("decaying")
                .tensors("means")
                .tensors("squares")
                .tensors("counts")
                .tensors("gathered")
                .pack();
    }

    /** Binds a base to be trained, in the order of {@link ModelConfig#tensorShapes()}. */
    void trainBase(List<Weight> weights) {
        bind("bind_trained_base", weights);
    }

    /** Binds a base that stays as it is, in the order of {@link ModelConfig#tensorShapes()}. */
    void freezeBase(List<Weight> weights) {
        bind("bind_frozen_base", weights);
        tie();
    }

    /** Binds a base that stays as it is, tensor by tensor, so that never more than one is in the heap. */
    void freezeBase(Checkpoint base) {
        for (String name : base.config().tensorShapes().keySet()) {
            bind("bind_frozen_base", List.of(ModelFolders.read(base, name)));
        }
        tie();
    }

    private void tie() {
        try (NDManager memory = model.getNDManager().newSubManager()) {
            infer("tie", new NDList(), memory);
        }
    }

    /**
     * Binds heads to be trained.
     *
     * @param weights in the order of {@link HeadsConfig#tensorShapes}
     * @param config what heads they make
     */
    void trainHeads(List<Weight> weights, HeadsConfig config) {
        trained = List.copyOf(weights);
        heads = config.heads();
        boolean grounded = config.kind().grounded();
        // a grounded head's first block is its own; all others are tied
        int repeats = grounded ? config.layers() - 1 : config.layers();
        run("bind_heads", IValue.from(grounded), IValue.from(repeats));
        int prefix = config.kind() == HeadsKind.HYDRA_PLUS_PLUS ? PREFIX_TENSORS : 0;
        if (prefix > 0) {
            bind("bind_trained_prefix", weights.subList(0, prefix));
        }
        int each = (weights.size() - prefix) / config.heads();
        for (int head = 0; head < config.heads(); head++) {
            int first = prefix + head * each;
            bind("bind_trained_head", weights.subList(first, first + each));
        }
    }

    /** Begins the dice of dropout and noise anew; they are torch's, shared by the whole process. */
    void seed(long seed) {
        Engine.getInstance().setRandomSeed((int) (seed ^ (seed >>> 32)));
    }

    /** Trains the base on a batch. */
    BaseStep stepBase(Batch batch, double rate) {
        try (NDManager memory = model.getNDManager().newSubManager()) {
            NDList inputs = texts(memory, batch);
            inputs.add(memory.create((float) rate));
            float[] figures = differentiate("base_step", inputs).get(0).toFloatArray();
            return new BaseStep(figures[0], figures[1]);
        }
    }

    /**
     * Adds a batch's gradients to those of the step in the making.
     *
     * @param shares one per head: the batch's part of all places of the step that count for the head, 0 to 1
     * @return the loss, times the shares
     */
    double gather(Batch batch, List<Double> shares) {
        try (NDManager memory = model.getNDManager().newSubManager()) {
            return differentiate("heads_gather", shared(memory, batch, shares))
                    .get(0)
                    .getFloat();
        }
    }

    /** Ends a step of the heads; returns the length of the gradient before it was cut. */
    double update(double rate) {
        try (NDManager memory = model.getNDManager().newSubManager()) {
            return differentiate("heads_update", new NDList(memory.create((float) rate)))
                    .get(0)
                    .getFloat();
        }
    }

    /** The base's loss on a batch, in nats per token; nothing is trained. */
    double baseLoss(Batch batch) {
        try (NDManager memory = model.getNDManager().newSubManager()) {
            return infer("base_loss", texts(memory, batch)).get(0).getFloat();
        }
    }

    /** Each head's figures on a batch; nothing is trained, dropped or spoilt. */
    List<HeadFigures> figures(Batch batch) {
        try (NDManager memory = model.getNDManager().newSubManager()) {
            NDArray figures = infer("heads_figures", inputs(memory, batch)).get(0);
            float[] values = figures.toFloatArray();
            int each = values.length / (int) figures.getShape().get(0);
            List<HeadFigures> heads = new ArrayList<>();
            for (int at = 0; at < values.length; at += each) {
                heads.add(HeadFigures.of(Arrays.copyOfRange(values, at, at + each)));
            }
            return heads;
        }
    }

    /**
     * The base's final hidden rows of a batch (B, T, D), as bytes in the data type of the products.
     *
     * @see Batch#withHidden
     */
    ByteBuffer hidden(Batch batch) {
        try (NDManager memory = model.getNDManager().newSubManager()) {
            NDList inputs = new NDList(tokens(memory, batch), chats(memory, batch));
            return infer("hidden_bytes", inputs).get(0).toByteBuffer();
        }
    }

    /**
     * The rank among each head's choices of the token that it is to predict, at every place of a text.
     *
     * @param text tokens in order
     * @return one per place, and in it one per head: 0 for the likeliest; -1 where the text is over
     */
    List<List<Integer>> ranks(List<Integer> text) {
        try (NDManager memory = model.getNDManager().newSubManager()) {
            NDArray ranks = infer("head_ranks", new NDList(row(memory, text))).get(0);
            int heads = (int) ranks.getShape().get(1);
            long[] values = ranks.toLongArray();
            List<List<Integer>> places = new ArrayList<>();
            for (int at = 0; at < values.length; at += heads) {
                List<Integer> place = new ArrayList<>();
                for (int head = 0; head < heads; head++) {
                    place.add((int) values[at + head]);
                }
                places.add(place);
            }
            return places;
        }
    }

    /** A head's scores at every place of a text from which it sees all tokens that it wants to: one row (V,) per place. */
    List<float[]> scores(List<Integer> text, int head) {
        try (NDManager memory = model.getNDManager().newSubManager()) {
            NDArray scores = infer("scores_of_head", new NDList(row(memory, text), memory.create((long) head)))
                    .get(0);
            int vocabulary = (int) scores.getShape().get(1);
            float[] values = scores.toFloatArray();
            List<float[]> places = new ArrayList<>();
            for (int at = 0; at < values.length; at += vocabulary) {
                places.add(Arrays.copyOfRange(values, at, at + vocabulary));
            }
            return places;
        }
    }

    /** The gradient of the base's loss by every trained tensor, in the order in which they were bound. */
    List<float[]> baseGradients(Batch batch) {
        try (NDManager memory = model.getNDManager().newSubManager()) {
            return values(differentiate("base_gradients", texts(memory, batch)));
        }
    }

    /** The gradient of the heads' loss by every trained tensor, in the order in which they were bound. */
    List<float[]> headsGradients(Batch batch) {
        return headsGradients(batch, Collections.nCopies(heads, 1.0));
    }

    /** The same of a batch that is a part of a step, as {@link #gather} adds it up. */
    List<float[]> headsGradients(Batch batch, List<Double> shares) {
        try (NDManager memory = model.getNDManager().newSubManager()) {
            return values(differentiate("heads_gradients", shared(memory, batch, shares)));
        }
    }

    /** The token that the base says after a row of tokens. */
    int nextToken(List<Integer> row) {
        try (NDManager memory = model.getNDManager().newSubManager()) {
            NDList inputs = new NDList(row(memory, row).expandDims(0));
            return (int) infer("next_tokens", inputs).get(0).getLong(0);
        }
    }

    /** A copy of every trained tensor's values, in the order in which they were bound. */
    List<float[]> weights() {
        return copies("weights");
    }

    /** Writes the trained tensors under their names, as numbers of a type. */
    void writeWeights(Path file, StorageType type) throws IOException {
        try (NDManager memory = model.getNDManager().newSubManager()) {
            SafetensorsWriter writer = new SafetensorsWriter();
            add(writer, "", type, infer("weights", new NDList(), memory));
            writer.write(file);
        }
    }

    /** Writes the trained tensors and AdamW's moments exactly, for {@link #restore}. */
    void writeState(Path file) throws IOException {
        try (NDManager memory = model.getNDManager().newSubManager()) {
            SafetensorsWriter writer = new SafetensorsWriter();
            NDList moments = infer("moments", new NDList(), memory);
            add(writer, "", StorageType.FLOAT32, infer("weights", new NDList(), memory));
            add(writer, MEAN, StorageType.FLOAT32, moments.subList(0, trained.size()));
            add(writer, SQUARE, StorageType.FLOAT32, moments.subList(trained.size(), moments.size()));
            writer.write(file);
        }
    }

    private void add(SafetensorsWriter writer, String prefix, StorageType type, List<NDArray> arrays) {
        for (int i = 0; i < trained.size(); i++) {
            NDArray array = arrays.get(i);
            Weight weight = trained.get(i);
            // one tensor at a time is in the heap
            writer.add(prefix + weight.name(), type, weight.shape(), () -> type.encode(array.toFloatArray()));
        }
    }

    /**
     * Puts AdamW's moments back as they were after a number of steps.
     *
     * @param state what {@link #writeState} wrote; its weights are those that {@link #trainHeads} got
     */
    void restore(TensorFile state, int steps) {
        try (NDManager memory = model.getNDManager().newSubManager()) {
            NDList inputs = new NDList();
            for (String kind : List.of(MEAN, SQUARE)) {
                for (Weight weight : trained) {
                    float[] values = state.tensor(kind + weight.name()).floats();
                    inputs.add(named("moments[]", memory.create(values, shape(weight))));
                }
            }
            inputs.add(memory.create((float) steps));
            differentiate("restore", inputs);
        }
    }

    @Override
    public void close() {
        model.close();
    }

    private void bind(String method, List<Weight> weights) {
        try (NDManager memory = model.getNDManager().newSubManager()) {
            NDList inputs = new NDList();
            for (Weight weight : weights) {
                inputs.add(named("weights[]", memory.create(weight.values(), shape(weight))));
            }
            differentiate(method, inputs);
        }
    }

    private static NDArray named(String name, NDArray array) {
        array.setName(name);
        return array;
    }

    private static Shape shape(Weight weight) {
        return new Shape(weight.shape().stream().mapToLong(Long::longValue).toArray());
    }

    private List<float[]> copies(String method) {
        try (NDManager memory = model.getNDManager().newSubManager()) {
            return values(infer(method, new NDList(), memory));
        }
    }

    private static NDArray row(NDManager memory, List<Integer> tokens) {
        return memory.create(tokens.stream().mapToLong(Integer::longValue).toArray());
    }

    private static NDArray tokens(NDManager memory, Batch batch) {
        return memory.create(batch.tokens(), new Shape(batch.rows(), batch.length()));
    }

    private static NDArray chats(NDManager memory, Batch batch) {
        return batch.chats().length == 0
                ? memory.create(batch.chats())
                : memory.create(batch.chats(), new Shape(batch.rows(), batch.length()));
    }

    /** Tokens and weights. */
    private static NDList texts(NDManager memory, Batch batch) {
        return new NDList(
                tokens(memory, batch), memory.create(batch.weights(), new Shape(batch.rows(), batch.length())));
    }

    /** Tokens, weights, chats and hidden rows. */
    private static NDList inputs(NDManager memory, Batch batch) {
        NDList inputs = texts(memory, batch);
        inputs.add(chats(memory, batch));
        ByteBuffer hidden = batch.hidden();
        int width = hidden.remaining() / (batch.rows() * batch.length());
        Shape shape = width == 0 ? new Shape(0) : new Shape(batch.rows(), batch.length(), width);
        inputs.add(memory.create(hidden, shape, DataType.UINT8));
        return inputs;
    }

    private static NDList shared(NDManager memory, Batch batch, List<Double> shares) {
        NDList inputs = inputs(memory, batch);
        float[] values = new float[shares.size()];
        for (int head = 0; head < values.length; head++) {
            values[head] = shares.get(head).floatValue();
        }
        inputs.add(memory.create(values));
        return inputs;
    }

    private static List<float[]> values(NDList arrays) {
        return arrays.stream().map(NDArray::toFloatArray).toList();
    }

    /** Runs a method with gradients on: what it keeps may be differentiated, and its optimiser step works. */
    @SuppressWarnings("try") // the collector is a scope; nothing is asked of it
    private NDList differentiate(String method, NDList inputs) {
        NDArray name = inputs.get(0).getManager().create(0);
        name.setName("module_method:" + method);
        inputs.add(name);
        try (GradientCollector gradients = Engine.getInstance().newGradientCollector()) {
            return IValueUtils.forward(block, inputs, true);
        }
    }

    private NDList infer(String method, NDList inputs) {
        return infer(method, inputs, inputs.get(0).getManager());
    }

    private NDList infer(String method, NDList inputs, NDManager memory) {
        NDArray name = memory.create(0);
        name.setName("module_method:" + method);
        inputs.add(name);
        return IValueUtils.forward(block, inputs, false);
    }

    /** Runs a method that takes scalars and returns nothing. */
    private void run(String method, IValue... arguments) {
        try {
            IValueUtils.runMethod(block, method, arguments).close();
        } finally {
            for (IValue argument : arguments) {
                argument.close();
            }
        }
    }
}
