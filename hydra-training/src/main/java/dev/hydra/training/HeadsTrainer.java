package dev.hydra.training;

import dev.hydra.checkpoint.Checkpoint;
import dev.hydra.training.TrainingGraph.HeadFigures;
import dev.hydra.training.TrainingGraph.HeadsStep;
import dev.hydra.training.TrainingGraph.Objective;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/*
 * Hydra heads (arXiv 2402.05109) learn beside a frozen base model. Head i stands at a token t, sees the base model's hidden
 * row there and the i + 1 tokens that follow, and says which token comes at t + i + 2. Its teacher is what the base model
 * itself says at t + i + 1, knowing all of the text up to there; only tokens of answers count. Medusa's heads learn the same
 * without seeing the tokens in between; those of Hydra++ see, in place of the hidden row, what a decoder layer of their own
 * makes of all hidden rows up to it, and that layer learns with them.
 */
/** Trains draft heads for a base model and leaves them in a folder, which it rewrites now and then on the way. */
final class HeadsTrainer {

    private static final Logger LOG = LoggerFactory.getLogger(HeadsTrainer.class);
    private static final int REPORT_STEPS = 25;
    private static final int SAVE_STEPS = 250;

    private final HeadsRecipe recipe;

    HeadsTrainer(HeadsRecipe recipe) {
        this.recipe = recipe;
    }

    /**
     * Trains until the recipe's budget is spent.
     *
     * @param base the base model
     * @param batches what to learn from
     * @param heldOut what the heads are measured on whenever the folder is written
     * @param folder where configuration and weights go
     * @return each head's figures on the held-out batches in the end
     */
    List<HeadFigures> train(Checkpoint base, ChatBatches batches, List<Batch> heldOut, Path folder) throws IOException {
        List<Weight> frozen = ModelFolders.readBase(base);
        Weight vocabulary = frozen.get(base.config().tiedEmbeddings() ? 0 : frozen.size() - 1);
        List<Weight> weights = InitialWeights.heads(recipe.heads(), base.config(), vocabulary, recipe.seed());
        Objective objective =
                new Objective(recipe.labelWeight(), recipe.teacherWeight(), recipe.weightDecay(), recipe.dropout());
        try (TrainingGraph graph = new TrainingGraph(base.config(), recipe.precision(), objective)) {
            graph.freezeBase(frozen);
            graph.trainHeads(weights, recipe.heads());
            graph.seed(recipe.seed());
            long start = System.nanoTime();
            Pace pace = new Pace((long) recipe.rows() * recipe.length());
            List<HeadFigures> figures = List.of();
            double progress = 0;
            for (int step = 0; progress < 1; step++) {
                double rate = recipe.rate().at(step, progress);
                HeadsStep done = graph.stepHeads(batches.next(), rate);
                pace.step(done.loss());
                int count = step + 1;
                progress = recipe.budget().progress(count, Duration.ofNanos(System.nanoTime() - start));
                if (count % REPORT_STEPS == 0) {
                    LOG.info(
                            "heads {} of {}: {}, rate {}, gradient {}",
                            count,
                            recipe.budget().steps(),
                            pace.report(),
                            "%.2e".formatted(rate),
                            "%.2f".formatted(done.gradientNorm()));
                }
                if (count % SAVE_STEPS == 0 || progress == 1) {
                    ModelFolders.writeHeads(folder, recipe.heads(), Weight.with(weights, graph.weights()));
                    figures = heldOutFigures(graph, heldOut);
                    LOG.info(
                            "heads {} of {}: saved, held-out {}",
                            count,
                            recipe.budget().steps(),
                            figures);
                    pace.pause();
                }
            }
            return figures;
        }
    }

    private static List<HeadFigures> heldOutFigures(TrainingGraph graph, List<Batch> batches) {
        List<List<HeadFigures>> measured =
                batches.stream().map(batch -> graph.headsLoss(batch).heads()).toList();
        List<HeadFigures> means = new ArrayList<>();
        for (int head = 0; !measured.isEmpty() && head < measured.get(0).size(); head++) {
            int number = head;
            means.add(HeadFigures.mean(
                    measured.stream().map(heads -> heads.get(number)).toList()));
        }
        return means;
    }
}
