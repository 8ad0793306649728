package dev.hydra;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hydra.decode.Completion;
import dev.hydra.schedule.GenerationRequest;
import dev.hydra.schedule.StepListener;
import dev.hydra.schedule.StepReport;
import dev.hydra.text.TextRun;
import dev.hydra.tree.TreeShape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a caller hears of steps: trees with their text, in step with the answer. */
class StepListenerTest {

    /** So broad that untrained heads are right now and then. */
    private static final TreeShape BROAD =
            TreeShape.ofPaths(IntStream.range(0, 300).mapToObj(List::of).toList());

    @TempDir
    private static Path folder;

    private static Hydra hydra;

    @BeforeAll
    static void opens() throws IOException {
        Path model = TinyModel.writeBase(Files.createDirectory(folder.resolve("tiny")), 5);
        Path heads = TinyModel.writeHeads(folder.resolve("heads"), 4);
        hydra = Hydra.open(HydraOptions.builder(model)
                .heads(heads)
                .device("cpu")
                .positions(512)
                .build());
    }

    @AfterAll
    static void closes() {
        hydra.close();
    }

    @Test
    void hearsTheAnswerTokenByToken() throws InterruptedException {
        Listener listener = new Listener();
        Completion completion = hydra.generate(request(), listener).await();

        List<Integer> said = new ArrayList<>(completion.tokens().subList(0, 1));
        for (StepReport step : listener.steps) {
            step.accepted().nodes().stream()
                    .skip(1)
                    .map(node -> step.nodes().get(node).id())
                    .forEach(said::add);
            step.bonus().ifPresent(bonus -> said.add(bonus.id()));
        }
        assertThat(said).isEqualTo(completion.tokens());
        assertThat(listener.steps).anyMatch(step -> step.accepted().depth() == 1);
        assertThat(listener.steps)
                .allSatisfy(step -> assertThat(step.nodes())
                        .allSatisfy(node -> assertThat(node.text())
                                .isEqualTo(hydra.tokenizer().text(node.id()))));
    }

    @Test
    void hearsOfAStepBeforeTheTextThatItAdds() throws InterruptedException {
        Listener listener = new Listener();
        Completion completion = hydra.generate(request(), listener).await();

        assertThat(completion.statistics().steps()).isEqualTo(listener.steps.size());
        // of reading the prompt, or of no step that was heard of before: nothing but the first
        assertThat(listener.order.get(0)).isEqualTo("text");
        assertThat(listener.order.get(1)).isEqualTo("step");
        for (int at = 1; at < listener.order.size() - 1; at++) {
            if (listener.order.get(at).equals("text")) {
                assertThat(listener.order.get(at - 1)).isEqualTo("step");
            }
        }
    }

    @Test
    void changesNothingAboutTheAnswer() throws InterruptedException {
        Completion told = hydra.generate(request(), new Listener()).await();
        Completion silent = hydra.generate(request()).await();

        assertThat(told.tokens()).isEqualTo(silent.tokens());
        assertThat(told.text()).isEqualTo(silent.text());
        assertThat(told.statistics().accepted()).isEqualTo(silent.statistics().accepted());
    }

    private static GenerationRequest request() {
        return GenerationRequest.of(hydra.tokenizer().encode("Once upon a time"))
                .withMaximumTokens(60)
                .withTree(BROAD);
    }

    /** Written to by the decoding thread, read after the generation's end. */
    private static final class Listener implements StepListener {

        private final List<StepReport> steps = new ArrayList<>();
        private final List<String> order = new ArrayList<>();

        @Override
        public void stepped(StepReport step) {
            steps.add(step);
            order.add("step");
        }

        @Override
        public void text(List<TextRun> runs) {
            order.add("text");
        }
    }
}
