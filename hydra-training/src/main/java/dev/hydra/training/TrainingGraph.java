package dev.hydra.training;

import static java.util.stream.Collectors.joining;

import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.training.GradientCollector;
import dev.hydra.checkpoint.HeadsConfig;
import dev.hydra.checkpoint.HeadsKind;
import dev.hydra.checkpoint.ModelConfig;
import dev.hydra.graph.GraphArchive;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * The door to {@code hydra_training.py}: one method per entry. It holds the weights in training and the optimiser's state.
 *
 * <p>Belongs to the thread that made it. One step of one graph runs at a time in a process, because DJL collects gradients
 * globally.
 */
final class TrainingGraph implements AutoCloseable {

    /** Nine of a Llama layer without biases, and the norm behind it. */
    private static final int PREFIX_TENSORS = 10;

    private final Model model;
    private final PtSymbolBlock block;

    /**
     * @param config the base model's sizes; it has no attention biases
     * @param precision the data type of products
     * @param objective what is minimised, and how
     * @throws IllegalArgumentException if the base has attention biases
     */
    TrainingGraph(ModelConfig config, Precision precision, Objective objective) {
        if (config.attentionBias()) {
            throw new IllegalArgumentException(
                    "the base model has attention biases; training supports bases without them");
        }
        model = Model.newInstance("hydra-training", "PyTorch");
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
                IValue.from(config.ropeTheta()),
                IValue.from(precision.torchType()));
        run(
                "bind_objective",
                IValue.from(objective.labelWeight()),
                IValue.from(objective.teacherWeight()),
                IValue.from(objective.weightDecay()),
                IValue.from(objective.dropout()));
    }

    /**
     * What a step minimises.
     *
     * @param labelWeight of the heads' cross-entropy against the text
     * @param teacherWeight of the heads' cross-entropy against the base model's distribution
     * @param weightDecay AdamW's decay of matrices
     * @param dropout the part of the numbers that the heads' steps drop before each block and before the scores, 0 to 1
     */
    record Objective(double labelWeight, double teacherWeight, double weightDecay, double dropout) {
        static Objective ofBase(double weightDecay) {
            return new Objective(0, 0, weightDecay, 0);
        }
    }

    /** Loss and length of the gradient, before it was cut, of one step of the base. */
    record BaseStep(double loss, double gradientNorm) {}

    /**
     * Loss and length of the gradient of one step of the heads, and each head's figures.
     *
     * @param heads one per head
     */
    record HeadsStep(double loss, double gradientNorm, List<HeadFigures> heads) {}

    /**
     * How well one head drafts.
     *
     * @param textLoss cross-entropy against the text, in nats per token
     * @param baseLoss cross-entropy against the base model's distribution, in nats per token
     * @param textAccuracy how often the head's first choice is the text's token, 0 to 1
     * @param baseAccuracy how often its first, second, ... choice is the base model's first, 0 to 1 each
     */
    record HeadFigures(double textLoss, double baseLoss, double textAccuracy, List<Double> baseAccuracy) {

        static final int RANKS = 8;

        HeadFigures {
            baseAccuracy = List.copyOf(baseAccuracy);
        }

        static HeadFigures mean(List<HeadFigures> figures) {
            List<Double> ranks = new ArrayList<>();
            for (int rank = 0; rank < RANKS; rank++) {
                int place = rank;
                ranks.add(mean(figures, head -> head.baseAccuracy().get(place)));
            }
            return new HeadFigures(
                    mean(figures, HeadFigures::textLoss),
                    mean(figures, HeadFigures::baseLoss),
                    mean(figures, HeadFigures::textAccuracy),
                    ranks);
        }

        private static double mean(List<HeadFigures> figures, ToDoubleFunction<HeadFigures> which) {
            return figures.stream().mapToDouble(which).average().orElse(Double.NaN);
        }

        @Override
        public String toString() {
            String ranks = baseAccuracy.stream()
                    .map(part -> "%.1f".formatted(100 * part))
                    .collect(joining(" "));
            return "loss %.4f (text %.4f), choices %s %% (text %.1f %%)"
                    .formatted(baseLoss, textLoss, ranks, 100 * textAccuracy);
        }
    }

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
                .real("theta")
                .real("label_weight")
                .real("teacher_weight")
                .real("decay")
                .real("dropout")
                .tensors("base")
                .tensors("prefix")
                .list("heads", "List[Tensor]")
                .tensors("trained")
                .tensors("decaying")
                .tensors("means")
                .tensors("squares")
                .tensors("counts")
                .pack();
    }

    /** Binds a base to be trained, in the order of {@link ModelConfig#tensorShapes()}. */
    void trainBase(List<Weight> weights) {
        bind("bind_trained_base", weights);
    }

    /** Binds a base that stays as it is, in the order of {@link ModelConfig#tensorShapes()}. */
    void freezeBase(List<Weight> weights) {
        bind("bind_frozen_base", weights);
    }

    /**
     * Binds heads to be trained.
     *
     * @param weights in the order of {@link HeadsConfig#tensorShapes}
     * @param config what heads they make
     */
    void trainHeads(List<Weight> weights, HeadsConfig config) {
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

    /** Begins the dice of dropout anew; they are torch's, shared by the whole process. */
    void seed(long seed) {
        Engine.getInstance().setRandomSeed((int) seed);
    }

    /** Trains the base on a batch. */
    BaseStep stepBase(Batch batch, double rate) {
        try (NDManager memory = model.getNDManager().newSubManager()) {
            NDList inputs = inputs(memory, batch);
            inputs.add(memory.create((float) rate));
            float[] figures = differentiate("base_step", inputs).get(0).toFloatArray();
            return new BaseStep(figures[0], figures[1]);
        }
    }

    /** Trains the heads on a batch. */
    HeadsStep stepHeads(Batch batch, double rate) {
        try (NDManager memory = model.getNDManager().newSubManager()) {
            NDList inputs = inputs(memory, batch);
            inputs.add(memory.create((float) rate));
            NDList outputs = differentiate("heads_step", inputs);
            float[] figures = outputs.get(0).toFloatArray();
            return new HeadsStep(figures[0], figures[1], headFigures(outputs.get(1)));
        }
    }

    /** The base's loss on a batch, in nats per token; nothing is trained. */
    double baseLoss(Batch batch) {
        try (NDManager memory = model.getNDManager().newSubManager()) {
            return infer("base_loss", inputs(memory, batch)).get(0).getFloat();
        }
    }

    /** The heads' loss on a batch and their figures; nothing is trained, and the gradient's length is 0. */
    HeadsStep headsLoss(Batch batch) {
        try (NDManager memory = model.getNDManager().newSubManager()) {
            NDList outputs = infer("heads_loss", inputs(memory, batch));
            return new HeadsStep(outputs.get(0).getFloat(), 0, headFigures(outputs.get(1)));
        }
    }

    /** The gradient of the base's loss by every trained tensor, in the order in which they were bound. */
    List<float[]> baseGradients(Batch batch) {
        return gradients("base_gradients", batch);
    }

    /** The gradient of the heads' loss by every trained tensor, in the order in which they were bound. */
    List<float[]> headsGradients(Batch batch) {
        return gradients("heads_gradients", batch);
    }

    /** The token that the base says after a row of tokens. */
    int nextToken(List<Integer> row) {
        try (NDManager memory = model.getNDManager().newSubManager()) {
            long[] tokens = row.stream().mapToLong(Integer::longValue).toArray();
            NDList inputs = new NDList(memory.create(tokens, new Shape(1, tokens.length)));
            return (int) infer("next_tokens", inputs).get(0).getLong(0);
        }
    }

    /** A copy of every trained tensor's values, in the order in which they were bound. */
    List<float[]> weights() {
        try (NDManager memory = model.getNDManager().newSubManager()) {
            return values(infer("weights", new NDList(), memory));
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
                long[] shape =
                        weight.shape().stream().mapToLong(Long::longValue).toArray();
                NDArray array = memory.create(weight.values(), new Shape(shape));
                array.setName("weights[]");
                inputs.add(array);
            }
            differentiate(method, inputs);
        }
    }

    private List<float[]> gradients(String method, Batch batch) {
        try (NDManager memory = model.getNDManager().newSubManager()) {
            return values(differentiate(method, inputs(memory, batch)));
        }
    }

    private static NDList inputs(NDManager memory, Batch batch) {
        Shape shape = new Shape(batch.rows(), batch.length());
        return new NDList(memory.create(batch.tokens(), shape), memory.create(batch.weights(), shape));
    }

    private static List<float[]> values(NDList arrays) {
        return arrays.stream().map(NDArray::toFloatArray).toList();
    }

    private static List<HeadFigures> headFigures(NDArray figures) {
        float[] values = figures.toFloatArray();
        List<HeadFigures> heads = new ArrayList<>();
        for (int at = 0; at < values.length; at += 3 + HeadFigures.RANKS) {
            List<Double> ranks = new ArrayList<>();
            for (int rank = 0; rank < HeadFigures.RANKS; rank++) {
                ranks.add((double) values[at + 3 + rank]);
            }
            heads.add(new HeadFigures(values[at], values[at + 1], values[at + 2], ranks));
        }
        return heads;
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
