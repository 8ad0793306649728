package dev.hydra.training;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hydra.training.corpus.DemoCorpus;
import dev.hydra.training.corpus.Split;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Judges the demo model as it lies in the repository. */
class DemoModelExamTest {

    private static final Path DEMO = Path.of("../hydra-demo-model/src/main/resources/dev/hydra/demo");
    private static final int QUESTIONS = 12;

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
