package dev.hydra;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hydra.checkpoint.HeadsConfig;
import dev.hydra.checkpoint.HeadsKind;
import dev.hydra.decode.Batch;
import dev.hydra.decode.DecodeListener;
import dev.hydra.decode.DecodePlan;
import dev.hydra.decode.DecodeStatistics;
import dev.hydra.decode.Decoder;
import dev.hydra.decode.Sequence;
import dev.hydra.draft.Drafter;
import dev.hydra.graph.Acceptance;
import dev.hydra.graph.Draft;
import dev.hydra.graph.Frontier;
import dev.hydra.graph.ModelGraph;
import dev.hydra.graph.Standing;
import dev.hydra.graph.Verdict;
import dev.hydra.sampling.AcceptanceRule;
import dev.hydra.sampling.Chooser;
import dev.hydra.sampling.Exact;
import dev.hydra.sampling.SamplingOptions;
import dev.hydra.sampling.Typical;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whole runs take the authors' course, step by step and token by token. */
class GoldenDecodeTest {
    private static final Offset<Float> TOLERANCE = Offset.offset(Golden.TOLERANCE);

    static Stream<Named<Golden.Run>> runs() {
        return Golden.runs();
    }

    @ParameterizedTest
    @MethodSource("runs")
    void acceptsTheGoldenNodes(Golden.Run golden) {
        withRig(golden, (rig, kind) -> {
            ModelGraph graph = rig.graph();
            AcceptanceRule rule = rule(golden);
            Drafter drafter = rig.drafter(kind, golden.shape());
            int root = rig.prefill(drafter, 0, golden.prompt());
            assertThat(root).isEqualTo(golden.prefill().argmax());
            int length = golden.prompt().size();
            List<Integer> output = new ArrayList<>();
            for (int step = 0; step < golden.acceptedNodes().size(); step++) {
                Frontier frontier = new Frontier(List.of(0), List.of(length), List.of(root));
                try (Draft draft = drafter.draft(frontier, golden.shape());
                        Verdict verdict = graph.verify(frontier, draft)) {
                    Chooser chooser = new Chooser(0, length + 1, SamplingOptions.of(golden.temperature()), 0);
                    Acceptance acceptance = rule.accept(graph, new Standing(frontier, draft, verdict), List.of(chooser))
                            .get(0);
                    assertThat(acceptance.path().nodes())
                            .as("step %d", step)
                            .isEqualTo(golden.acceptedNodes().get(step));
                    assertThat(acceptance.path().depth())
                            .isEqualTo(golden.acceptLengths().get(step));
                    if (step < golden.firstSteps().size()) {
                        compare(golden.firstSteps().get(step), draft, verdict, acceptance);
                    }
                    graph.commit(frontier, verdict, List.of(acceptance.path()));
                    drafter.follow(frontier, verdict, List.of(0), List.of(acceptance.path()));
                    output.add(root);
                    output.addAll(acceptance.tokens());
                    length += acceptance.path().nodes().size();
                    root = acceptance.bonus();
                }
            }
            assertThat(output).isEqualTo(golden.output());
        });
    }

    @ParameterizedTest
    @MethodSource("runs")
    void decodesTheGoldenTokens(Golden.Run golden) {
        withRig(golden, (rig, kind) -> {
            List<Integer> expected = golden.outputUntilEos() == null ? golden.output() : golden.outputUntilEos();
            Set<Integer> endTokens = golden.eosTokenId() == null ? Set.of() : Set.of(golden.eosTokenId());
            List<Integer> accepted = new ArrayList<>();
            DecodeListener listener = new DecodeListener() {
                @Override
                public void measured(DecodeStatistics delta) {
                    if (delta.steps() > 0) {
                        accepted.add(delta.accepted().stream()
                                .mapToInt(Long::intValue)
                                .sum());
                    }
                }
            };
            Decoder decoder = new Decoder(rig.graph(), listener);
            // a budget that does not cut the last trees: what typical acceptance keeps depends on them
            int budget = golden.output().size() + golden.shape().depth() + 1;
            DecodePlan plan = DecodePlan.greedy(golden.prompt(), endTokens, budget, rig.drafter(kind, golden.shape()))
                    .with(SamplingOptions.of(golden.temperature()))
                    .with(rule(golden));
            Sequence sequence = new Sequence(plan, Discard.INSTANCE);
            decoder.place(sequence, 0);
            while (!sequence.isBegun()) {
                decoder.read(sequence, 7);
            }
            Batch batch = new Batch(List.of(sequence));
            while (!sequence.isFinished() && sequence.tokens().size() < expected.size()) {
                decoder.step(batch);
            }
            assertThat(sequence.tokens().subList(0, expected.size())).isEqualTo(expected);
            assertThat(sequence.isFinished()).isEqualTo(golden.eosTokenId() != null);
            // the last step may end early, at the end token, or start with a token that the authors' last one does not
            // have
            assertThat(accepted.subList(0, accepted.size() - 1))
                    .isEqualTo(golden.acceptLengths().subList(0, accepted.size() - 1));
        });
    }

    @ParameterizedTest
    @MethodSource("runs")
    void ranksTheGoldenTokens(Golden.Run golden) {
        withRig(golden, (rig, kind) -> {
            rig.prefill(rig.drafter(kind, golden.shape()), 0, golden.prompt());
            float[] hidden = kind == HeadsKind.HYDRA_PLUS_PLUS
                    ? rig.graph().prefixed(0)
                    : Golden.floats(golden.prefill().lastHiddenState());
            List<Integer> path = new ArrayList<>(List.of(golden.prefill().argmax()));
            for (Golden.HeadLogits head : golden.firstStepHeadLogits()) {
                float[] scores = kind.grounded()
                        ? rig.graph().headScores(hidden, path)
                        : rig.graph().medusaScores(hidden, head.head() - 1);
                assertThat(best(scores, head.top10Ids().size())).isEqualTo(head.top10Ids());
                for (int rank = 0; rank < head.top10Ids().size(); rank++) {
                    assertThat(scores[head.top10Ids().get(rank)])
                            .isCloseTo(head.top10Logits().get(rank), TOLERANCE);
                }
                path.add(head.top10Ids().get(0));
            }
        });
    }

    private static AcceptanceRule rule(Golden.Run golden) {
        return golden.temperature() == 0
                ? new Exact()
                : new Typical(golden.posteriorThreshold(), golden.posteriorAlpha());
    }

    private static void compare(Golden.FirstStep golden, Draft draft, Verdict verdict, Acceptance acceptance) {
        assertThat(draft.tokens()[0])
                .containsExactly(golden.treeTokens().stream()
                        .mapToLong(Integer::longValue)
                        .toArray());
        for (int node = 0; node < golden.nodeArgmax().size(); node++) {
            float[] scores = verdict.scores(0, node);
            assertThat(best(scores, 1)).containsExactly(golden.nodeArgmax().get(node));
            assertThat(scores[golden.nodeArgmax().get(node)])
                    .isCloseTo(golden.nodeMaxLogit().get(node), TOLERANCE);
        }
        int last = acceptance.path().last();
        assertThat(acceptance.path().nodes()).isEqualTo(golden.acceptedNodes());
        assertThat(acceptance.tokens())
                .isEqualTo(golden.appendedTokens()
                        .subList(1, golden.appendedTokens().size()));
        assertThat(acceptance.bonus()).isEqualTo(golden.nextTop5Ids().get(0));
        assertThat(verdict.hidden(0, last)).containsExactly(Golden.floats(golden.lastHiddenState()), TOLERANCE);
        float[] next = verdict.scores(0, last);
        for (int rank = 0; rank < golden.nextTop5Ids().size(); rank++) {
            assertThat(next[golden.nextTop5Ids().get(rank)])
                    .isCloseTo(golden.nextTop5Logits().get(rank), TOLERANCE);
        }
    }

    private static List<Integer> best(float[] scores, int count) {
        return IntStream.range(0, scores.length)
                .boxed()
                .sorted((one, other) -> Float.compare(scores[other], scores[one]))
                .limit(count)
                .toList();
    }

    private static void withRig(Golden.Run golden, BiConsumer<Rig, HeadsKind> test) {
        HeadsKind kind = HeadsConfig.read(Golden.headsFolder(golden.heads())).kind();
        try (Rig rig =
                new Rig(Rig.options(1, 512), Golden.baseFolder(golden.base()), Golden.headsFolder(golden.heads()))) {
            test.accept(rig, kind);
        }
    }
}
