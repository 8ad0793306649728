package dev.hydra.training;

import com.google.gson.Gson;
import dev.hydra.checkpoint.Checkpoint;
import dev.hydra.checkpoint.HeadsCheckpoint;
import dev.hydra.checkpoint.SafetensorsFile;
import dev.hydra.graph.ModelGraph;
import dev.hydra.training.TrainingGraph.Settings;
import dev.hydra.training.TrainingLog.Evaluation;
import dev.hydra.training.TrainingLog.Step;
import dev.hydra.training.console.Console;
import dev.hydra.training.console.Progress;
import dev.hydra.training.data.TokenRow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.BooleanSupplier;

/*
 * Draft heads (arXiv 2402.05109) learn beside a frozen base model. Head i stands at a token t, sees the base model's hidden row
 * there and the i + 1 tokens that follow, and says which token comes at t + i + 2. It is measured against that token of the text,
 * or against what the base model itself says at t + i + 1, knowing all of the text up to there, or both; only tokens of answers
 * count. Medusa's heads learn the same without seeing the tokens in between; those of Hydra++ see, in place of the hidden row,
 * what a decoder layer of their own makes of all hidden rows up to it, and that layer learns with them.
 *
 * A step is a function of the weights, AdamW's moments, the recipe and the step's number: the rows it sees and the seeds of
 * torch's dice follow from the number. So a training that goes on from a state makes the same steps as one that was never
 * interrupted; on a CPU, and with the same number of threads, the same ones bit by bit.
 */
/** Trains draft heads for a base model. Goes on where an interrupted training of the same recipe, text and base has stopped. */
public final class HeadsTrainer {

    private final HeadsRecipe recipe;
    private final Places places;
    private final Console console;
    private BooleanSupplier stop = () -> false;

    /**
     * Where a training runs and what it leaves.
     *
     * @param model folder of the base model
     * @param output folder for the heads; what only the training needs lies in its folder {@code training}
     * @param hidden folder in which the base's hidden rows are kept for the next epoch and the next training; empty for none: the
     *     base then runs in every step
     * @param device {@code auto}, {@code cpu}, {@code gpu} or {@code gpu1}
     */
    public record Places(Path model, Path output, List<Path> hidden, String device) {

        /** Copies the list. */
        public Places {
            hidden = List.copyOf(hidden);
        }

        Path training() {
            return output.resolve("training");
        }

        Path state() {
            return training().resolve("state");
        }
    }

    /**
     * What came out.
     *
     * @param steps made in all
     * @param bestStep the step whose heads were kept: those with the least loss on the validation text
     * @param loss their loss on it, summed over the heads
     * @param heads each head's figures on it
     */
    public record Result(int steps, int bestStep, double loss, List<HeadFigures> heads) {

        /** Copies the list. */
        public Result {
            heads = List.copyOf(heads);
        }
    }

    /** A trainer; nothing is opened yet. */
    public HeadsTrainer(HeadsRecipe recipe, Places places, Console console) {
        this.recipe = recipe;
        this.places = places;
        this.console = console;
    }

    /** Has the trainer ask before every step whether to stop there, as it does where its thread is interrupted. */
    public HeadsTrainer stoppingWhen(BooleanSupplier stop) {
        this.stop = stop;
        return this;
    }

    /** Forgets an interrupted training, so that the next one begins anew. */
    public void restart() throws IOException {
        new TrainingState(places.state(), "").delete();
        Files.deleteIfExists(places.training().resolve("steps.csv"));
        Files.deleteIfExists(places.training().resolve("evaluations.csv"));
    }

    /**
     * Trains until the recipe's steps are made, then leaves the best heads in the output folder, with the log and a plot.
     *
     * @throws IOException if a file cannot be read or written, or the folder holds an interrupted training of another kind
     * @throws dev.hydra.checkpoint.CheckpointException if the base model's folder is not one
     * @throws TrainingException if the loss stops being a number
     * @throws InterruptedException if the thread is interrupted or was to stop; the state after the last step is kept, to go on from
     */
    public Result train(TrainingTexts texts) throws IOException, InterruptedException {
        return GraphThread.call(() -> trainHere(texts));
    }

    private Result trainHere(TrainingTexts texts) throws IOException, InterruptedException {
        try (Checkpoint base = Checkpoint.open(places.model())) {
            requireLong(texts);
            String fingerprint = BaseFingerprint.of(base);
            String identity = String.join(
                    " ",
                    new Gson().toJson(recipe),
                    texts.fingerprint(),
                    fingerprint,
                    Integer.toString(ModelGraph.threads()));
            TrainingState state = new TrainingState(places.state(), identity);
            TrainingState.Progress from = state.read();
            if (from.steps() == recipe.schedule().steps(texts.training().size())) {
                console.say("the training of %s is over already".formatted(places.output()));
                return finish(new TrainingLog(places.training()), state, from);
            }
            Settings settings = new Settings(recipe.objective(), recipe.optimizer());
            String device = ModelGraph.device(places.device());
            try (TrainingGraph graph = new TrainingGraph(base.config(), device, recipe.precision(), settings)) {
                graph.freezeBase(base);
                bind(graph, base, state, from);
                try (Texts rows = Texts.open(
                        this, graph, texts, fingerprint, base.config().width())) {
                    return train(graph, rows, state, from);
                }
            }
        }
    }

    private void requireLong(TrainingTexts texts) {
        int heads = recipe.heads().heads();
        boolean none = texts.validation().stream()
                .allMatch(row -> Batch.of(List.of(row), row.size()).places(heads - 1) == 0);
        if (none) {
            throw new IllegalArgumentException(
                    "no validation chat has a token of an answer behind its first %d; the last of %d heads looks that far ahead"
                            .formatted(heads + 1, heads));
        }
    }

    private void bind(TrainingGraph graph, Checkpoint base, TrainingState state, TrainingState.Progress from) {
        List<Weight> weights =
                InitialWeights.heads(recipe.heads(), base.config(), ModelFolders.readScores(base), recipe.seed());
        if (from.steps() == 0) {
            graph.trainHeads(weights, recipe.heads());
            return;
        }
        console.say("going on after %d steps".formatted(from.steps()));
        try (SafetensorsFile file = state.open(from)) {
            graph.trainHeads(
                    weights.stream()
                            .map(weight ->
                                    weight.with(file.tensor(weight.name()).floats()))
                            .toList(),
                    recipe.heads());
            graph.restore(file, from.steps());
        }
    }

    private Result train(TrainingGraph graph, Texts texts, TrainingState state, TrainingState.Progress from)
            throws IOException, InterruptedException {
        TrainingLog log = new TrainingLog(places.training());
        log.rewind(from.steps());
        int steps = recipe.schedule().steps(texts.training());
        TrainingState.Progress progress = from;
        try (Progress report = console.progress("training heads", steps, "steps")) {
            report.advance(from.steps());
            for (int step = from.steps(); step < steps; step++) {
                if (Thread.interrupted() || stop.getAsBoolean()) {
                    state.write(graph, progress.at(step));
                    throw new InterruptedException();
                }
                Step done = step(graph, texts, step, steps);
                log.add(done);
                report.advance(1);
                report.remark("loss %.3f".formatted(done.loss()));
                if ((step + 1) % recipe.schedule().evaluationSteps() == 0 || step + 1 == steps) {
                    Evaluation evaluation = evaluate(graph, texts, step + 1);
                    log.add(evaluation);
                    progress = progress.with(evaluation);
                    state.write(graph, progress);
                    report.remark("validation %.3f".formatted(evaluation.loss()));
                }
            }
        }
        return finish(log, state, progress);
    }

    private Step step(TrainingGraph graph, Texts texts, int step, int steps) {
        long start = System.nanoTime();
        HeadsRecipe.Schedule schedule = recipe.schedule();
        int stepRows = schedule.rows() * schedule.accumulation();
        List<Integer> rows = texts.order().at((long) step * stepRows, stepRows);
        List<Batch> batches = new ArrayList<>();
        for (int at = 0; at < stepRows; at += schedule.rows()) {
            batches.add(texts.batch(rows.subList(at, at + schedule.rows())));
        }
        graph.seed(recipe.seed() + 0x9E3779B97F4A7C15L * (step + 1));
        double loss = 0;
        for (Batch batch : batches) {
            loss += graph.gather(batch, shares(batch, batches));
        }
        double rate = recipe.rate().ofStep(step, steps);
        double norm = graph.update(rate);
        if (!Double.isFinite(loss) || !Double.isFinite(norm)) {
            throw new TrainingException(
                    "the loss of step %d is %s and its gradient's length %s; expected numbers: try a lower learning rate than %s"
                            .formatted(step + 1, loss, norm, recipe.rate().peak()));
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        long tokens = batches.stream()
                .mapToLong(batch -> (long) batch.rows() * batch.length())
                .sum();
        double epoch = (double) (step + 1) * stepRows / texts.training();
        return new Step(step + 1, epoch, loss, rate, norm, tokens / seconds);
    }

    /** The part of the step's places that each head has in a batch: a step of several batches is the same as one large one. */
    private List<Double> shares(Batch batch, List<Batch> batches) {
        if (batches.size() == 1) {
            return Collections.nCopies(recipe.heads().heads(), 1.0);
        }
        List<Double> shares = new ArrayList<>();
        for (int head = 0; head < recipe.heads().heads(); head++) {
            int number = head;
            long all = batches.stream().mapToLong(other -> other.places(number)).sum();
            shares.add(all == 0 ? 0 : (double) batch.places(number) / all);
        }
        return shares;
    }

    private Evaluation evaluate(TrainingGraph graph, Texts texts, int step) {
        List<HeadFigures> sums = new ArrayList<>();
        for (Batch batch : texts.validation(recipe.schedule().rows())) {
            List<HeadFigures> figures = graph.figures(batch);
            for (int head = 0; head < figures.size(); head++) {
                if (head < sums.size()) {
                    sums.set(head, sums.get(head).plus(figures.get(head)));
                } else {
                    sums.add(figures.get(head));
                }
            }
        }
        Objective objective = recipe.objective();
        double loss = sums.stream()
                .mapToDouble(head ->
                        objective.labelWeight() * head.meanTextLoss() + objective.teacherWeight() * head.meanBaseLoss())
                .sum();
        if (!Double.isFinite(loss)) {
            throw new TrainingException(
                    "the validation loss after step %d is %s; expected a number: the validation text may be too short, or the learning rate too high"
                            .formatted(step, loss));
        }
        return new Evaluation(step, loss, sums);
    }

    private Result finish(TrainingLog log, TrainingState state, TrainingState.Progress progress) throws IOException {
        Path best = state.best(progress);
        // the move comes last, so that a process that is killed before it finishes when it is started again
        if (Files.exists(best)) {
            String title = "%d %s heads"
                    .formatted(recipe.heads().heads(), recipe.heads().kind().label());
            TrainingPlot.write(log, title, places.training().resolve("training.png"));
            recipe.heads().write(places.output());
            Files.move(best, places.output().resolve(HeadsCheckpoint.FILE), StandardCopyOption.REPLACE_EXISTING);
        }
        if (!Files.exists(places.output().resolve(HeadsCheckpoint.FILE))) {
            throw new IOException("the training of %s is over, but its %s is gone; give --restart to train anew"
                    .formatted(places.output(), HeadsCheckpoint.FILE));
        }
        state.finish();
        return new Result(progress.steps(), progress.bestStep(), progress.bestLoss(), progress.bestHeads());
    }

    /** The texts of a training, whose hidden rows are kept or are made in every step. */
    private record Texts(TrainingTexts texts, RowOrder order, List<HiddenStates> hidden) implements AutoCloseable {

        static Texts open(HeadsTrainer trainer, TrainingGraph graph, TrainingTexts texts, String base, int width)
                throws IOException {
            RowOrder order = new RowOrder(texts.training().size(), trainer.recipe.seed());
            List<HiddenStates> hidden = new ArrayList<>();
            for (Path folder : trainer.places.hidden()) {
                Precision precision = trainer.recipe.precision();
                String name = "%s-%s-%s"
                        .formatted(
                                base.substring(0, TrainingTexts.FINGERPRINT),
                                texts.fingerprint().substring(0, TrainingTexts.FINGERPRINT),
                                precision.label());
                Path file = folder.resolve(name + ".states");
                hidden.add(
                        HiddenStates.open(file, texts.training(), width * precision.bytes(), graph, trainer.console));
            }
            return new Texts(texts, order, hidden);
        }

        int training() {
            return texts.training().size();
        }

        Batch batch(List<Integer> rows) {
            if (!hidden.isEmpty()) {
                return hidden.get(0).batch(rows);
            }
            return batchOf(rows.stream().map(texts.training()::get).toList());
        }

        private static Batch batchOf(List<TokenRow> rows) {
            return Batch.of(rows, rows.stream().mapToInt(TokenRow::size).max().orElseThrow());
        }

        List<Batch> validation(int rows) {
            List<TokenRow> all = texts.validation();
            List<Batch> batches = new ArrayList<>();
            for (int from = 0; from < all.size(); from += rows) {
                batches.add(batchOf(all.subList(from, Math.min(all.size(), from + rows))));
            }
            return batches;
        }

        @Override
        public void close() throws IOException {
            for (HiddenStates states : hidden) {
                states.close();
            }
        }
    }
}
