package dev.hydra.training.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.hydra.Hydra;
import dev.hydra.HydraOptions;
import dev.hydra.checkpoint.HeadsKind;
import dev.hydra.decode.Completion;
import dev.hydra.decode.DecodeStatistics;
import dev.hydra.draft.DecodingMode;
import dev.hydra.sampling.SamplingOptions;
import dev.hydra.schedule.GenerationRequest;
import dev.hydra.text.ChatMessage;
import dev.hydra.training.TinyModel;
import dev.hydra.training.console.Console;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvaluationTest {

    private static final Offset<Double> ROUNDING = Offset.offset(1e-9);
    private static final int MAXIMUM_TOKENS = 24;
    private static final List<Question> QUESTIONS = List.of(
            new Question("1", "foxes", List.of(), List.of("the fox", "and the dog")),
            new Question("2", "boats", List.of(), List.of("the boat")),
            new Question("3", "foxes", List.of(), List.of("a fox")),
            new Question("4", "boats", List.of(), List.of("the boat and ".repeat(TinyModel.POSITIONS))));

    @TempDir
    private static Path folder;

    private static Path model;
    private static Path medusa;
    private static Path hydra;
    private static Path plusPlus;
    private static EvaluationReport report;

    @BeforeAll
    static void evaluate() throws IOException, InterruptedException {
        TinyModel tiny = TinyModel.write(folder);
        model = tiny.folder();
        medusa = tiny.heads(HeadsKind.MEDUSA, "medusa");
        hydra = tiny.heads(HeadsKind.HYDRA, "hydra");
        plusPlus = tiny.heads(HeadsKind.HYDRA_PLUS_PLUS, "plus");
        report = Evaluation.evaluate(request().rounds(2).build(), Console.silent());
    }

    private static EvaluationRequest.Builder request() {
        return EvaluationRequest.builder(Setup.of(model).on("cpu"), QUESTIONS)
                .heads(List.of(hydra, medusa, plusPlus))
                .maximumTokens(MAXIMUM_TOKENS);
    }

    @Test
    void measuresPlainDecodingBesideTheHeadsOfEveryEngine() {
        assertThat(report.results())
                .extracting(result -> result.mode().label() + result.mode().engine())
                .containsExactly("plain1", "hydra1", "medusa1", "plain2", "hydra++2");
        for (ModeResult result : report.results()) {
            assertThat(result.passes()).hasSize(2).allSatisfy(pass -> {
                assertThat(pass.answers()).isEqualTo(4);
                assertThat(pass.tokensPerSecond()).isPositive();
            });
            assertThat(report.plain(result).mode().decoding()).isEqualTo(DecodingMode.PLAIN);
            assertThat(report.speedUp(result).median()).isPositive();
        }
        assertThat(report.speedUp(report.results().get(3))).isEqualTo(new Spread(1, 1, 1));
    }

    @Test
    void findsAllGreedyAnswersEqual() {
        assertThat(report.results()).allSatisfy(result -> {
            assertThat(result.differences()).isEmpty();
            assertThat(result.pooled().equal()).isEqualTo(result.pooled().answers());
        });
    }

    @Test
    void countsWhatTheCompletionsSay() throws InterruptedException {
        for (ModeResult result : report.results()) {
            List<Path> heads = result.mode().engine() == 1 ? List.of(hydra, medusa) : List.of(plusPlus);
            List<Completion> completions = answers(heads, result.mode().decoding());
            DecodeStatistics expected = completions.stream()
                    .map(Completion::statistics)
                    .reduce(DecodeStatistics.none(), DecodeStatistics::plus);
            for (Pass pass : result.passes()) {
                DecodeStatistics counted = pass.statistics();
                assertThat(counted.generatedTokens()).isEqualTo(expected.generatedTokens());
                assertThat(counted.promptTokens()).isEqualTo(expected.promptTokens());
                assertThat(counted.steps()).isEqualTo(expected.steps());
                assertThat(counted.accepted()).isEqualTo(expected.accepted());
            }
            // the tokens themselves, with the first of each answer, which belongs to no step, taken off
            long tokens = completions.stream()
                    .mapToLong(completion -> completion.tokens().size() - 1)
                    .sum();
            double length = (double) tokens / expected.steps();
            assertThat(result.pooled().statistics().acceptanceLength()).isEqualTo(length);
            double sum = 1;
            double chance = 1;
            for (int depth = 1; depth <= result.pooled().depths(); depth++) {
                sum += result.pooled().accepted(depth);
                chance *= result.pooled().acceptedAfter(depth);
                assertThat(result.pooled().accepted(depth)).isEqualTo(chance, ROUNDING);
            }
            assertThat(length).isEqualTo(sum, ROUNDING);
        }
    }

    private static List<Completion> answers(List<Path> heads, DecodingMode mode) throws InterruptedException {
        List<Completion> completions = new ArrayList<>();
        try (Hydra engine = Hydra.open(
                HydraOptions.builder(model).heads(heads).device("cpu").build())) {
            for (Question question : QUESTIONS.subList(0, 3)) {
                List<ChatMessage> messages = new ArrayList<>();
                for (String turn : question.turns()) {
                    messages.add(new ChatMessage("user", turn));
                    Completion completion = engine.generate(GenerationRequest.of(engine.tokenizer()
                                            .encode(engine.chatTemplate().render(messages, true)))
                                    .withMode(mode)
                                    .withMaximumTokens(MAXIMUM_TOKENS))
                            .await();
                    completions.add(completion);
                    messages.add(new ChatMessage("assistant", completion.text()));
                }
            }
        }
        return completions;
    }

    @Test
    void skipsQuestionsThatDoNotFit() {
        assertThat(report.skipped()).singleElement().asString().startsWith("4, turn 1: ");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Evaluation.evaluate(
                        EvaluationRequest.builder(Setup.of(model), QUESTIONS.subList(3, 4))
                                .build(),
                        Console.silent()))
                .withMessageContaining("none of 1 questions fits in a cache row of 192 positions");
    }

    @Test
    void drawsTheSameAnswersInEveryModeAtATemperature() throws InterruptedException {
        EvaluationReport drawn = Evaluation.evaluate(
                request()
                        .rounds(1)
                        .sampling(SamplingOptions.of(0.8))
                        .style(PromptStyle.RAW)
                        .build(),
                Console.silent());
        assertThat(drawn.results())
                .allSatisfy(result -> assertThat(result.differences()).isEmpty());
    }

    @Test
    void namesFoldersOfOneKindApart() throws IOException, InterruptedException {
        Path second = TinyModel.write(folder.resolve("again")).heads(HeadsKind.HYDRA, "second");
        EvaluationReport both = Evaluation.evaluate(
                request().rounds(1).heads(List.of(hydra, second)).build(), Console.silent());
        assertThat(both.results())
                .extracting(result -> result.mode().label())
                .containsExactly("plain", "hydra (hydra)", "plain", "hydra (second)");
    }

    @Test
    void writesTablesJsonAndBars() throws IOException {
        Path output = folder.resolve("report");
        assertThat(report.write(output))
                .extracting(file -> file.getFileName().toString())
                .containsExactly("evaluation.md", "evaluation.json", "evaluation.png");
        assertThat(Files.readString(output.resolve("evaluation.md")))
                .contains("# Evaluation of base", "cpu in float32", "| mode | foxes | boats | overall |", "hydra++")
                .contains("Not asked, since the prompt does not fit in a cache row:\n\n* 4, turn 1: ");
        JsonObject json = JsonParser.parseString(Files.readString(output.resolve("evaluation.json")))
                .getAsJsonObject();
        JsonObject mode = json.getAsJsonArray("modes").get(1).getAsJsonObject();
        assertThat(mode.get("mode").getAsString()).isEqualTo("hydra");
        assertThat(mode.get("steps").getAsLong())
                .isEqualTo(report.results().get(1).pooled().statistics().steps());
        assertThat(mode.getAsJsonObject("categories").keySet()).containsExactly("foxes", "boats");
        assertThat(mode.getAsJsonObject("speedUp").get("median").getAsDouble()).isPositive();
        assertThat(ImageIO.read(output.resolve("evaluation.png").toFile()).getWidth())
                .isEqualTo(1280);
    }
}
