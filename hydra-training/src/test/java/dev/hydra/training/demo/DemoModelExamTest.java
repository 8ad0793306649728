package dev.hydra.training;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hydra.checkpoint.Checkpoint;
import dev.hydra.checkpoint.HeadsCheckpoint;
import dev.hydra.checkpoint.HeadsKind;
import dev.hydra.training.corpus.DemoCorpus;
import dev.hydra.training.corpus.Split;
import dev.hydra.tree.TreeShape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Judges the demo model as it lies in the repository. */
class DemoModelExamTest {

    private static final Path DEMO = Path.of("../hydra-demo-model/src/main/resources/dev/hydra/demo");
    private static final int QUESTIONS = 12;

    @ParameterizedTest
    @CsvSource({"hydra-demo-heads,HYDRA", "hydra-demo-medusa,MEDUSA", "hydra-demo-plus,HYDRA_PLUS_PLUS"})
    void hasHeadsOfEveryKindAndTreesForThem(String folder, HeadsKind kind) throws IOException {
        try (Checkpoint base = Checkpoint.open(DEMO.resolve("hydra-demo"));
                HeadsCheckpoint heads = HeadsCheckpoint.open(DEMO.resolve(folder))) {
            assertThat(heads.config().kind()).isEqualTo(kind);
            heads.requireFits(base.config());
            assertThat(TreeShape.parse(Files.readString(DEMO.resolve(folder).resolve("tree.json")))
                            .depth())
                    .isEqualTo(heads.config().heads());
        }
    }

    @Test
    void draftsAtLeastTwoTokensAStepOfUnchangedAnswersToHeldOutQuestions() throws InterruptedException {
        DemoCorpus corpus = new DemoCorpus(TrainDemoModel.SEED);
        Exam exam = new Exam(
                corpus.stream(Split.HELD_OUT).skip(5000).limit(QUESTIONS).toList());
        Exam.Result result = exam.sit(DEMO.resolve("hydra-demo"), DEMO.resolve("hydra-demo-heads"));
        assertThat(result.plain().acceptanceLength()).isEqualTo(1);
        assertThat(result.hydra().acceptanceLength()).isGreaterThan(2);
        assertThat(result.sameAnswers()).isEqualTo(QUESTIONS);
    }
}
