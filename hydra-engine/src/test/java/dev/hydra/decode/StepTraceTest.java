package dev.hydra.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hydra.Discard;
import dev.hydra.Golden;
import dev.hydra.ReferenceDecoder;
import dev.hydra.Rig;
import dev.hydra.checkpoint.HeadsKind;
import dev.hydra.draft.Drafter;
import dev.hydra.graph.Acceptance;
import dev.hydra.graph.Draft;
import dev.hydra.graph.Frontier;
import dev.hydra.tree.TreePath;
import dev.hydra.tree.TreeShape;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A trace is what happened: its tokens are the answer's, and its nodes those that the drafter gave. */
class StepTraceTest {

    private static final List<Integer> PROMPT = List.of(23, 64);
    private static final int BUDGET = 40;

    private static Rig rig;
    private static List<Integer> expected;

    @BeforeAll
    static void opens() {
        rig = new Rig(
                Rig.options(4, 256),
                Golden.baseFolder("base-a"),
                Golden.headsFolder("base-a-hydra"),
                Golden.headsFolder("base-a-medusa"));
        expected = ReferenceDecoder.generate(rig.checkpoint(), PROMPT, BUDGET);
    }

    @AfterAll
    static void closes() {
        rig.close();
    }

    @Test
    void tellsEveryTokenOfTheAnswerInAnyMode() {
        for (Drafter drafter : List.of(rig.plain(), medusa(), hydra())) {
            Tracer tracer = new Tracer();
            Sequence sequence = sequence(drafter, Set.of(), tracer);
            rig.decode(List.of(sequence));

            assertThat(said(tracer)).isEqualTo(expected).isEqualTo(sequence.tokens());
            assertThat(tracer.steps)
                    .hasSize((int) sequence.completion().statistics().steps());
            assertThat(tracer.steps).allSatisfy(step -> {
                assertThat(step.tokens()).hasSize(step.shape().size());
                assertThat(step.shape().nodesTo(step.accepted().last())).isEqualTo(step.accepted());
            });
        }
    }

    @Test
    void tellsTheTreeThatTheBudgetLeaves() {
        Tracer tracer = new Tracer();
        rig.decode(List.of(sequence(hydra(), Set.of(), tracer)));

        assertThat(tracer.steps.get(0).shape()).isEqualTo(TreeShape.named("default"));
        assertThat(tracer.steps.get(tracer.steps.size() - 1).shape().size())
                .isLessThan(TreeShape.named("default").size());
    }

    @Test
    void drawsATreeOfOneNodeForPlainDecoding() {
        Tracer tracer = new Tracer();
        rig.decode(List.of(sequence(rig.plain(), Set.of(), tracer)));

        assertThat(tracer.steps.get(0))
                .isEqualTo(new StepTrace(
                        TreeShape.single(),
                        expected.subList(0, 1),
                        new TreePath(List.of(0)),
                        Optional.of(expected.get(1))));
    }

    @Test
    void tellsEachSequenceOfABatchItsOwnTree() {
        List<Tracer> alone = new ArrayList<>();
        List<Tracer> together = new ArrayList<>();
        List<Sequence> batch = new ArrayList<>();
        for (Drafter drafter : List.of(rig.plain(), medusa(), hydra())) {
            alone.add(new Tracer());
            rig.decode(List.of(sequence(drafter, Set.of(), alone.get(alone.size() - 1))));
            together.add(new Tracer());
            batch.add(sequence(drafter, Set.of(), together.get(together.size() - 1)));
        }

        rig.decode(batch);

        for (int at = 0; at < alone.size(); at++) {
            assertThat(together.get(at).steps).isEqualTo(alone.get(at).steps);
        }
    }

    @Test
    void tellsOnlyThoseWhoAsk() {
        Tracer asking = new Tracer();
        Tracer silent = new Tracer() {
            @Override
            public boolean isTracing() {
                return false;
            }
        };

        rig.decode(List.of(sequence(hydra(), Set.of(), silent), sequence(hydra(), Set.of(), asking)));

        assertThat(asking.steps).isNotEmpty();
        assertThat(silent.steps).isEmpty();
    }

    @Test
    void copiesNothingToTheHostWhereNobodyAsks() {
        Acceptance nothing = new Acceptance(new TreePath(List.of(0)), List.of(), 7);
        StepTimes times = new StepTimes(Duration.ZERO, Duration.ZERO, Duration.ZERO);
        Draft gone = rig.graph().root(new Frontier(List.of(0), List.of(0), List.of(5)));
        gone.close();

        Sequence silent = sequence(rig.plain(), Set.of(), Discard.INSTANCE);
        new Batch(List.of(silent)).append(List.of(nothing), gone, times);
        assertThat(silent.tokens()).containsExactly(7);

        Batch asking = new Batch(List.of(silent, sequence(rig.plain(), Set.of(), new Tracer())));
        assertThatThrownBy(() -> asking.append(List.of(nothing, nothing), gone, times))
                .as("the tokens of a closed draft cannot be copied")
                .isInstanceOf(RuntimeException.class);
    }

    @Test
    void endsWithTheTokenThatEndsTheAnswer() {
        int cut = 0;
        for (int length = 2; length < expected.size(); length++) {
            int end = expected.get(length - 1);
            int first = expected.indexOf(end) + 1;
            Tracer tracer = new Tracer();
            rig.decode(List.of(sequence(hydra(), Set.of(end), tracer)));

            assertThat(said(tracer)).isEqualTo(expected.subList(0, first));
            cut += !tracer.steps.isEmpty()
                            && tracer.steps.get(tracer.steps.size() - 1).bonus().isEmpty()
                    ? 1
                    : 0;
        }
        assertThat(cut).as("answers that ended inside an accepted path").isPositive();
    }

    private static Drafter hydra() {
        return rig.drafter(HeadsKind.HYDRA, TreeShape.named("default"));
    }

    private static Drafter medusa() {
        return rig.drafter(HeadsKind.MEDUSA, TreeShape.named("chain-4"));
    }

    private static Sequence sequence(Drafter drafter, Set<Integer> ends, TokenSink sink) {
        return new Sequence(DecodePlan.greedy(PROMPT, ends, BUDGET, drafter), sink);
    }

    /** The answer, read off its traces. */
    private static List<Integer> said(Tracer tracer) {
        List<Integer> said = new ArrayList<>(tracer.first);
        for (StepTrace step : tracer.steps) {
            assertThat(step.tokens().get(0)).as("root").isEqualTo(said.get(said.size() - 1));
            step.accepted().nodes().stream().skip(1).map(step.tokens()::get).forEach(said::add);
            step.bonus().ifPresent(said::add);
        }
        return said;
    }

    /** Keeps the first token, which belongs to no step, and all steps. */
    private static class Tracer implements TokenSink {

        private final List<Integer> first = new ArrayList<>();
        private final List<StepTrace> steps = new ArrayList<>();

        @Override
        public boolean append(int token, int depth) {
            if (first.isEmpty()) {
                first.add(token);
            }
            return false;
        }

        @Override
        public boolean isTracing() {
            return true;
        }

        @Override
        public void stepped(StepTrace step) {
            steps.add(step);
        }

        @Override
        public void flush() {}

        @Override
        public String text() {
            return "";
        }
    }
}
