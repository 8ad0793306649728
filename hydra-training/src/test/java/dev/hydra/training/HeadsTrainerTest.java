package dev.hydra.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import dev.hydra.checkpoint.Checkpoint;
import dev.hydra.checkpoint.HeadsCheckpoint;
import dev.hydra.checkpoint.HeadsConfig;
import dev.hydra.checkpoint.HeadsKind;
import dev.hydra.training.HeadsRecipe.Schedule;
import dev.hydra.training.HeadsTrainer.Places;
import dev.hydra.training.HeadsTrainer.Result;
import dev.hydra.training.TrainingGraph.Settings;
import dev.hydra.training.console.Console;
import dev.hydra.training.console.Progress;
import dev.hydra.training.data.TokenRow;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class HeadsTrainerTest {

    private static final long SEED = 5_109;
    /** Heads are kept in bfloat16, whose numbers have eight bits. */
    private static final double STORED_NOISE = 0.02;

    private static final double PRINTED = 1e-6;
    /** What another order of additions makes of a loss in seven steps. */
    private static final double ADDED_ROUNDING = 1e-2;

    @TempDir
    Path folder;

    @BeforeEach
    void writeBase() throws IOException, InterruptedException {
        ModelFolders.writeBase(folder.resolve("base"), CycleBase.CONFIG, CycleBase.weights());
    }

    @ParameterizedTest
    @EnumSource
    void overfitsSixtyFourShortChats(HeadsKind kind) throws IOException, InterruptedException {
        // without the tokens in between, only a text that follows from its first token can be learned
        List<TokenRow> rows = kind.grounded() ? CycleBase.noiseRows(SEED, 64, 5) : CycleBase.rows(64, 5);
        HeadsRecipe recipe = new HeadsRecipe(
                new HeadsConfig(kind, 3, kind == HeadsKind.HYDRA_PLUS_PLUS ? 2 : 1, "cycle"),
                Objective.ofText(),
                Optimizer.ofDecay(0),
                new LearningRate(1e-2, 10, 0.1),
                new Schedule(32, 1, 75, 0, 50),
                Precision.FLOAT32,
                SEED);
        Result result = trainer(recipe, "heads", Console.silent()).train(new TrainingTexts(rows, rows, "o".repeat(16)));
        assertThat(result.heads())
                .hasSize(3)
                .allSatisfy(head -> assertThat(head.textAccuracy(1)).isGreaterThan(0.95));
        assertThat(result.steps()).isEqualTo(150);
    }

    @ParameterizedTest
    @CsvSource({"MEDUSA,false", "HYDRA,true", "HYDRA_PLUS_PLUS,false", "HYDRA_PLUS_PLUS,true"})
    void goesOnAfterAStopAsIfThereHadBeenNone(HeadsKind kind, boolean stored) throws IOException, InterruptedException {
        HeadsRecipe recipe = recipe(kind);
        List<Path> hidden = stored ? List.of(folder.resolve("hidden")) : List.of();
        Result unbroken = trainer(recipe, "unbroken", hidden, Console.silent()).train(texts());
        for (int stop : List.of(2, 5, 6)) {
            assertThatExceptionOfType(Stopped.class)
                    .as("after %d steps", stop)
                    .isThrownBy(() ->
                            trainer(recipe, "stopped", hidden, stopping(stop)).train(texts()));
        }
        Result resumed = trainer(recipe, "stopped", hidden, Console.silent()).train(texts());

        assertThat(resumed).isEqualTo(unbroken);
        assertSameFolders(folder.resolve("stopped"), folder.resolve("unbroken"));
        assertThat(files(folder.resolve("stopped/training/state"))).containsExactly("state.json");
    }

    @ParameterizedTest
    @EnumSource
    void learnsInSeveralBatchesAStepWhatItLearnsInOne(HeadsKind kind) throws IOException, InterruptedException {
        HeadsRecipe plain = recipe(kind).withObjective(new Objective(0.5, 1, 0, 0));
        Result many = trainer(plain.withSchedule(new Schedule(1, 8, 2, 0, 3)), "many", Console.silent())
                .train(texts());
        Result one = trainer(plain.withSchedule(new Schedule(8, 1, 2, 0, 3)), "one", Console.silent())
                .train(texts());
        assertThat(many.steps()).isEqualTo(one.steps());
        assertThat(many.loss()).isCloseTo(one.loss(), within(ADDED_ROUNDING));
        List<Double> losses = losses("one");
        for (int step = 0; step < losses.size(); step++) {
            assertThat(losses("many").get(step))
                    .as("step %d", step)
                    .isCloseTo(losses.get(step), within(ADDED_ROUNDING));
        }
    }

    private List<Double> losses(String output) throws IOException, InterruptedException {
        return new TrainingLog(folder.resolve(output).resolve("training"))
                .steps().stream().map(TrainingLog.Step::loss).toList();
    }

    @Test
    void storedHiddenRowsMakeTheSameHeadsAsTheBaseInEveryStep() throws IOException, InterruptedException {
        HeadsRecipe recipe = recipe(HeadsKind.HYDRA_PLUS_PLUS);
        Result made = trainer(recipe, "made", Console.silent()).train(texts());
        Result stored = trainer(recipe, "stored", List.of(folder.resolve("hidden")), Console.silent())
                .train(texts());
        assertThat(stored.loss()).isCloseTo(made.loss(), within(STORED_NOISE));
    }

    @Test
    void refusesToGoOnWithAnotherRecipeTextOrBase() throws IOException, InterruptedException {
        HeadsRecipe recipe = recipe(HeadsKind.MEDUSA);
        assertThatExceptionOfType(Stopped.class)
                .isThrownBy(() -> trainer(recipe, "heads", stopping(5)).train(texts()));
        String complaint = "holds a training after 3 steps of another recipe, text or base model";

        HeadsTrainer other = trainer(recipe.withSeed(8), "heads", Console.silent());
        assertThatIOException().isThrownBy(() -> other.train(texts())).withMessageContaining(complaint);
        TrainingTexts longer = new TrainingTexts(texts().training(), texts().validation(), "another text 1234");
        assertThatIOException()
                .isThrownBy(() -> trainer(recipe, "heads", Console.silent()).train(longer))
                .withMessageContaining(complaint);
        ModelFolders.writeBase(folder.resolve("base"), CycleBase.CONFIG, InitialWeights.base(CycleBase.CONFIG, SEED));
        assertThatIOException()
                .isThrownBy(() -> trainer(recipe, "heads", Console.silent()).train(texts()))
                .withMessageContaining(complaint);

        writeBase();
        other.restart();
        Result restarted = other.train(texts());
        assertThat(restarted)
                .isEqualTo(
                        trainer(recipe.withSeed(8), "fresh", Console.silent()).train(texts()));
        assertSameFolders(folder.resolve("heads"), folder.resolve("fresh"));
    }

    @Test
    void saysThatTheHeadsOfAFinishedTrainingAreGone() throws IOException, InterruptedException {
        HeadsRecipe recipe = recipe(HeadsKind.MEDUSA);
        trainer(recipe, "heads", Console.silent()).train(texts());
        Files.delete(folder.resolve("heads").resolve(HeadsCheckpoint.FILE));
        assertThatIOException()
                .isThrownBy(() -> trainer(recipe, "heads", Console.silent()).train(texts()))
                .withMessageContaining("hydra_lm_head.safetensors is gone; give --restart");
    }

    @Test
    void stopsWhereItIsAskedToAndGoesOnFromThere() throws IOException, InterruptedException {
        HeadsRecipe recipe = recipe(HeadsKind.HYDRA);
        AtomicInteger asked = new AtomicInteger();
        HeadsTrainer asking =
                trainer(recipe, "heads", Console.silent()).stoppingWhen(() -> asked.incrementAndGet() == 5);
        assertThatExceptionOfType(InterruptedException.class).isThrownBy(() -> asking.train(texts()));

        assertThat(folder.resolve("heads/training/state/state.json")).content().contains("\"steps\": 4,");

        Result result = trainer(recipe, "heads", Console.silent()).train(texts());
        assertThat(result)
                .isEqualTo(trainer(recipe, "unbroken", Console.silent()).train(texts()));
        assertSameFolders(folder.resolve("heads"), folder.resolve("unbroken"));
    }

    @Test
    void doesNotTrainAgainWhatIsTrained() throws IOException, InterruptedException {
        HeadsRecipe recipe = recipe(HeadsKind.MEDUSA);
        Result result = trainer(recipe, "heads", Console.silent()).train(texts());
        byte[] heads = Files.readAllBytes(folder.resolve("heads").resolve(HeadsCheckpoint.FILE));

        // whoever advances would be stopped
        assertThat(trainer(recipe, "heads", stopping(0)).train(texts())).isEqualTo(result);
        assertThat(folder.resolve("heads").resolve(HeadsCheckpoint.FILE)).hasBinaryContent(heads);
    }

    @Test
    void finishesWhatWasKilledBetweenTheLastStepAndTheEnd() throws IOException, InterruptedException {
        HeadsRecipe recipe = recipe(HeadsKind.MEDUSA);
        Result result = trainer(recipe, "heads", Console.silent()).train(texts());
        // as if the process had been killed right before it swept
        Files.writeString(folder.resolve("heads/training/state/weights-7.safetensors"), "rubbish");
        Files.writeString(folder.resolve("heads/training/state/best-6.safetensors.part"), "rubbish");

        assertThat(trainer(recipe, "heads", Console.silent()).train(texts())).isEqualTo(result);
        assertThat(files(folder.resolve("heads/training/state"))).containsExactly("state.json");
        assertThat(folder.resolve("heads/training/training.png")).exists();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "garbage", "{\"identity\": \"x\", \"progress\": {\"ste", "{}", "\u00ff\u00fe\u0000"})
    void saysOfAnUnreadableStateWhatToDo(String content) throws IOException, InterruptedException {
        Path state =
                Files.createDirectories(folder.resolve("heads/training/state")).resolve("state.json");
        Files.write(state, content.getBytes(StandardCharsets.ISO_8859_1));
        assertThatIOException()
                .isThrownBy(() -> trainer(recipe(HeadsKind.MEDUSA), "heads", Console.silent())
                        .train(texts()))
                .withMessage("%s is not the state of a training; delete the folder to begin anew".formatted(state));
    }

    @Test
    void keepsTheHeadsOfTheBestEvaluation() throws IOException, InterruptedException {
        // what is learned by heart makes an unknown random text ever less likely
        TrainingTexts texts = new TrainingTexts(
                CycleBase.noiseRows(SEED, 16, 6), CycleBase.noiseRows(SEED + 1, 16, 6), "b".repeat(16));
        HeadsRecipe recipe = recipe(HeadsKind.HYDRA)
                .withObjective(Objective.ofText())
                .withRate(new LearningRate(1e-2, 0, 1))
                .withSchedule(new Schedule(16, 1, 40, 0, 4));
        Result result = trainer(recipe, "heads", Console.silent()).train(texts);

        List<List<Double>> evaluations = new TrainingLog(folder.resolve("heads/training")).evaluations();
        List<Double> best = evaluations.stream()
                .min((one, other) -> Double.compare(one.get(1), other.get(1)))
                .orElseThrow();
        assertThat(result.steps()).isEqualTo(40);
        assertThat(result.bestStep()).isEqualTo(best.get(0).intValue()).isLessThan(40);
        assertThat(result.loss()).isCloseTo(best.get(1), within(PRINTED));
        double last = evaluations.get(evaluations.size() - 1).get(1);
        assertThat(last).isGreaterThan(result.loss() * (1 + 2 * STORED_NOISE));
        assertThat(loss(folder.resolve("heads"), texts.validation()))
                .isCloseTo(result.loss(), within(STORED_NOISE * result.loss()));
    }

    @Test
    void endsWhereTheLossIsNoNumber() {
        HeadsRecipe recipe = recipe(HeadsKind.HYDRA).withRate(new LearningRate(1e30, 0, 1));
        assertThatIllegalStateException()
                .isThrownBy(() -> trainer(recipe, "heads", Console.silent()).train(texts()))
                .withMessageContaining("expected numbers: try a lower learning rate than 1.0E30");
    }

    @Test
    void rejectsAValidationTextThatTheLastHeadHasNothingToSayOf() {
        // long enough as a row, but no chat is
        TokenRow row = new TokenRow(List.of(CycleBase.text(1, 4, 1), CycleBase.text(2, 4, 1)));
        TrainingTexts texts = new TrainingTexts(texts().training(), List.of(row), "v".repeat(16));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> trainer(recipe(HeadsKind.HYDRA), "heads", Console.silent())
                        .train(texts))
                .withMessageContaining("the last of 3 heads looks that far ahead");
    }

    /** Seven steps, with states after three, six and seven. */
    static HeadsRecipe recipe(HeadsKind kind) {
        return new HeadsRecipe(
                new HeadsConfig(kind, 3, 2, "cycle"),
                new Objective(0.5, 1, 0.2, 0.5),
                Optimizer.ofDecay(0.1),
                new LearningRate(5e-3, 2, 0.33),
                new Schedule(4, 2, 2, 0, 3),
                Precision.FLOAT32,
                7);
    }

    /** 28 rows of one chat or two, of different lengths; some have nothing for the last head to learn. */
    static TrainingTexts texts() {
        Random random = new Random(SEED);
        List<TokenRow> rows = new ArrayList<>();
        for (int row = 0; row < 28; row++) {
            rows.add(new TokenRow(
                    row % 2 == 0
                            ? List.of(CycleBase.text(row, 3 + random.nextInt(8), 1))
                            : List.of(CycleBase.noise(random, 6), CycleBase.text(row, 5, 2))));
        }
        return new TrainingTexts(rows, rows.subList(20, 28), "t".repeat(16));
    }

    private HeadsTrainer trainer(HeadsRecipe recipe, String output, Console console) {
        return trainer(recipe, output, List.of(), console);
    }

    private HeadsTrainer trainer(HeadsRecipe recipe, String output, List<Path> hidden, Console console) {
        return new HeadsTrainer(
                recipe, new Places(folder.resolve("base"), folder.resolve(output), hidden, "cpu"), console);
    }

    private double loss(Path heads, List<TokenRow> rows) {
        try (Checkpoint base = Checkpoint.open(folder.resolve("base"));
                HeadsCheckpoint checkpoint = HeadsCheckpoint.open(heads);
                TrainingGraph graph = new TrainingGraph(
                        base.config(), Precision.FLOAT32, new Settings(Objective.ofText(), Optimizer.ofDecay(0)))) {
            graph.freezeBase(base);
            graph.trainHeads(ModelFolders.readHeads(checkpoint, base), checkpoint.config());
            return graph.figures(Batch.of(rows, 6)).stream()
                    .mapToDouble(HeadFigures::meanTextLoss)
                    .sum();
        }
    }

    /** The same heads, byte for byte, and the same tables but for the speeds. */
    static void assertSameFolders(Path one, Path other) throws IOException, InterruptedException {
        assertThat(one.resolve(HeadsCheckpoint.FILE)).hasSameBinaryContentAs(other.resolve(HeadsCheckpoint.FILE));
        assertThat(one.resolve("config.json")).hasSameBinaryContentAs(other.resolve("config.json"));
        assertThat(one.resolve("training/evaluations.csv"))
                .hasSameBinaryContentAs(other.resolve("training/evaluations.csv"));
        assertThat(withoutSpeed(one)).isEqualTo(withoutSpeed(other));
    }

    private static List<String> withoutSpeed(Path output) throws IOException, InterruptedException {
        return Files.readAllLines(output.resolve("training/steps.csv")).stream()
                .map(line -> line.substring(0, line.lastIndexOf(',')))
                .toList();
    }

    private static List<String> files(Path folder) throws IOException, InterruptedException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }

    private static final class Stopped extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    /** Stops the training once it has made a step with a number, and right away if that is 0. */
    private static Console stopping(int after) {
        return new Console() {
            @Override
            public void say(String line) {}

            @Override
            public void print(String text) {}

            @Override
            public Progress progress(String task, long total, String unit) {
                return new Progress() {
                    private long done;

                    @Override
                    public void advance(long by) {
                        done += by;
                        if (unit.equals("steps") && done >= after && by > 0) {
                            throw new Stopped();
                        }
                    }

                    @Override
                    public void remark(String text) {}

                    @Override
                    public void close() {}
                };
            }
        };
    }
}
