package dev.hydra.training.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hydra.checkpoint.Checkpoint;
import dev.hydra.checkpoint.HeadsCheckpoint;
import dev.hydra.checkpoint.HeadsKind;
import dev.hydra.training.console.Console;
import dev.hydra.training.corpus.DemoCorpus;
import dev.hydra.training.corpus.Split;
import dev.hydra.training.evaluate.Evaluation;
import dev.hydra.training.evaluate.EvaluationReport;
import dev.hydra.training.evaluate.EvaluationRequest;
import dev.hydra.training.evaluate.Question;
import dev.hydra.training.evaluate.Setup;
import dev.hydra.tree.TreeShape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Judges the demo model as it lies in the repository. */
class DemoModelExamTest {

    private static final Path DEMO = Path.of("../hydra-demo-model/src/main/resources/dev/hydra/demo");
    private static final int QUESTIONS = 24;

    @ParameterizedTest
    @CsvSource({"hydra-demo-heads,HYDRA", "hydra-demo-medusa,MEDUSA", "hydra-demo-plus,HYDRA_PLUS_PLUS"})
    void hasHeadsOfEveryKindAndTreesForThem(String folder, HeadsKind kind) throws IOException {
        try (Checkpoint base = Checkpoint.open(DEMO.resolve("hydra-demo"));
                HeadsCheckpoint heads = HeadsCheckpoint.open(DEMO.resolve(folder))) {
            assertThat(heads.config().kind()).isEqualTo(kind);
            heads.requireFits(base.config());
            assertThat(TreeShape.parse(Files.readString(DEMO.resolve(folder).resolve("tree.json")))
                            .depth())
                    .isBetween(2, heads.config().heads());
        }
    }

    @Test
    void acceptsMoreWithEveryKindOfHeadsThatKnowsMore() throws InterruptedException {
        List<Question> questions = new DemoCorpus(TrainDemoModel.SEED)
                .stream(Split.HELD_OUT)
                        .skip(5000)
                        .limit(QUESTIONS)
                        .map(chat -> new Question(
                                "", "", List.of(), List.of(chat.turns().get(0).text())))
                        .toList();
        EvaluationReport report = Evaluation.evaluate(
                EvaluationRequest.builder(Setup.of(DEMO.resolve("hydra-demo")).on("cpu"), questions)
                        .heads(Stream.of("hydra-demo-medusa", "hydra-demo-heads", "hydra-demo-plus")
                                .map(DEMO::resolve)
                                .toList())
                        .rounds(1)
                        .build(),
                Console.silent());
        assertThat(report.results())
                .allSatisfy(mode -> assertThat(mode.differences()).isEmpty());
        Map<String, Double> lengths = report.results().stream()
                .collect(Collectors.toMap(
                        mode -> mode.mode().label(),
                        mode -> mode.pooled().statistics().acceptanceLength(),
                        // plain decoding comes once for each engine
                        (one, other) -> one));
        assertThat(lengths.get("plain")).isEqualTo(1);
        assertThat(lengths.get("medusa")).isGreaterThan(1.5);
        assertThat(lengths.get("hydra")).isGreaterThan(lengths.get("medusa"));
        assertThat(lengths.get("hydra++")).isGreaterThan(lengths.get("hydra"));
    }
}
