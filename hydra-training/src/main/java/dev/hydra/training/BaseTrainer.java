package dev.hydra.training;

import dev.hydra.checkpoint.Checkpoint;
import dev.hydra.training.TrainingGraph.BaseStep;
import dev.hydra.training.TrainingGraph.Settings;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Trains a base model from nothing and leaves it in a folder, which it rewrites now and then on the way. */
public final class BaseTrainer {

    private static final Logger LOG = LoggerFactory.getLogger(BaseTrainer.class);
    private static final int REPORT_STEPS = 25;
    private static final int SAVE_STEPS = 250;

    private final BaseRecipe recipe;
    private final List<Path> start;

    /** A trainer that begins with random weights; nothing is opened yet. */
    public BaseTrainer(BaseRecipe recipe) {
        this(recipe, List.of());
    }

    private BaseTrainer(BaseRecipe recipe, List<Path> start) {
        this.recipe = recipe;
        this.start = start;
    }

    /** The same trainer, beginning with the weights of a folder. */
    public BaseTrainer from(Path folder) {
        return new BaseTrainer(recipe, List.of(folder));
    }

    private static List<Weight> read(Path folder) {
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            return ModelFolders.readBase(checkpoint);
        }
    }

    /**
     * Trains until the recipe's budget is spent.
     *
     * @param batches what to learn from
     * @param heldOut what the loss is measured on whenever the folder is written
     * @param folder where configuration and weights go
     * @return the loss on the held-out batches in the end, in nats per token
     */
    public double train(ChatBatches batches, List<Batch> heldOut, Path folder) throws IOException {
        List<Weight> weights =
                start.isEmpty() ? InitialWeights.base(recipe.model(), recipe.seed()) : read(start.get(0));
        // the objective is the heads'; a base has its own
        Settings settings = new Settings(Objective.ofText(), new Optimizer(recipe.weightDecay(), 0.99, 1));
        try (TrainingGraph graph = new TrainingGraph(recipe.model(), recipe.precision(), settings)) {
            graph.trainBase(weights);
            long start = System.nanoTime();
            Pace pace = new Pace((long) recipe.rows() * recipe.length());
            double heldOutLoss = heldOutLoss(graph, heldOut);
            double progress = 0;
            for (int step = 0; progress < 1; step++) {
                double rate = recipe.rate().at(step, progress);
                BaseStep done = graph.stepBase(batches.next(), rate);
                pace.step(done.loss());
                int count = step + 1;
                progress = recipe.budget().progress(count, Duration.ofNanos(System.nanoTime() - start));
                if (count % REPORT_STEPS == 0) {
                    LOG.info(
                            "base {} of {}: {}, rate {}, gradient {}",
                            count,
                            recipe.budget().steps(),
                            pace.report(),
                            "%.2e".formatted(rate),
                            "%.2f".formatted(done.gradientNorm()));
                }
                if (count % SAVE_STEPS == 0 || progress == 1) {
                    ModelFolders.writeBase(folder, recipe.model(), Weight.with(weights, graph.weights()));
                    heldOutLoss = heldOutLoss(graph, heldOut);
                    LOG.info(
                            "base {} of {}: saved, held-out loss {}",
                            count,
                            recipe.budget().steps(),
                            "%.4f".formatted(heldOutLoss));
                    pace.pause();
                }
            }
            return heldOutLoss;
        }
    }

    private static double heldOutLoss(TrainingGraph graph, List<Batch> batches) {
        return batches.stream().mapToDouble(graph::baseLoss).average().orElse(Double.NaN);
    }
}
