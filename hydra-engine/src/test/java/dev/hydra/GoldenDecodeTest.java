package dev.hydra;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hydra.checkpoint.Checkpoint;
import dev.hydra.checkpoint.HeadsCheckpoint;
import dev.hydra.decode.Batch;
import dev.hydra.decode.DecodeListener;
import dev.hydra.decode.DecodeStatistics;
import dev.hydra.decode.Decoder;
import dev.hydra.decode.Sequence;
import dev.hydra.draft.HydraDrafter;
import dev.hydra.draft.Room;
import dev.hydra.graph.Acceptance;
import dev.hydra.graph.DataType;
import dev.hydra.graph.Draft;
import dev.hydra.graph.Frontier;
import dev.hydra.graph.GraphOptions;
import dev.hydra.graph.ModelGraph;
import dev.hydra.graph.Verdict;
import dev.hydra.sampling.Exact;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whole runs take the authors' course, step by step and token by token. */
class GoldenDecodeTest {
    private static final Offset<Float> TOLERANCE = Offset.offset(Golden.TOLERANCE);
    private static final Room AMPLE = new Room(100, 1000);

    static Stream<Named<Golden.Run>> runs() {
        return Golden.runs();
    }

    @AfterAll
    static void countSkips() {
        System.out.println("golden runs skipped, by kind: " + Golden.skipped());
    }

    @ParameterizedTest
    @MethodSource("runs")
    void acceptsTheGoldenNodes(Golden.Run golden) {
        withGraph(golden, graph -> {
            Exact rule = new Exact(graph);
            HydraDrafter drafter = new HydraDrafter(graph, golden.shape());
            int root = graph.prefill(List.of(0), List.of(0), List.of(golden.prompt()))
                    .get(0);
            assertThat(root).isEqualTo(golden.prefill().argmax());
            int length = golden.prompt().size();
            List<Integer> output = new ArrayList<>();
            for (int step = 0; step < golden.acceptedNodes().size(); step++) {
                Frontier frontier = new Frontier(List.of(0), List.of(length), List.of(root));
                try (Draft draft = drafter.draft(frontier, AMPLE);
                        Verdict verdict = graph.verify(frontier, draft)) {
                    Acceptance acceptance = rule.accept(draft, verdict).get(0);
                    assertThat(acceptance.path().nodes())
                            .as("step %d", step)
                            .isEqualTo(golden.acceptedNodes().get(step));
                    assertThat(acceptance.path().depth())
                            .isEqualTo(golden.acceptLengths().get(step));
                    if (step < golden.firstSteps().size()) {
                        compare(golden.firstSteps().get(step), draft, verdict, acceptance);
                    }
                    graph.commit(frontier, verdict, List.of(acceptance.path()));
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
        withGraph(golden, graph -> {
            List<Integer> expected = golden.outputUntilEos() == null ? golden.output() : golden.outputUntilEos();
            Set<Integer> endTokens = golden.eosTokenId() == null ? Set.of() : Set.of(golden.eosTokenId());
            List<Integer> accepted = new ArrayList<>();
            DecodeListener listener = new DecodeListener() {
                @Override
                public void measured(DecodeStatistics delta) {
                    if (delta.steps() > 0) {
                        accepted.add(delta.accepted().size());
                    }
                }
            };
            Decoder decoder = new Decoder(graph, new HydraDrafter(graph, golden.shape()), new Exact(graph), listener);
            Sequence sequence =
                    new Sequence(golden.prompt(), endTokens, golden.output().size(), Discard.INSTANCE);
            sequence.place(0);
            decoder.prefill(sequence, 7);
            Batch batch = new Batch(List.of(sequence));
            while (!sequence.isFinished()) {
                decoder.step(batch);
            }
            assertThat(sequence.tokens()).isEqualTo(expected);
            // the last step may end early, at the end token or at the budget
            assertThat(accepted.subList(0, accepted.size() - 1))
                    .isEqualTo(golden.acceptLengths().subList(0, accepted.size() - 1));
        });
    }

    @ParameterizedTest
    @MethodSource("runs")
    void ranksTheGoldenTokens(Golden.Run golden) {
        withGraph(golden, graph -> {
            List<Integer> path = new ArrayList<>(List.of(golden.prefill().argmax()));
            for (Golden.HeadLogits head : golden.firstStepHeadLogits()) {
                float[] scores = graph.headScores(Golden.floats(golden.prefill().lastHiddenState()), path);
                assertThat(best(scores, head.top10Ids().size())).isEqualTo(head.top10Ids());
                for (int rank = 0; rank < head.top10Ids().size(); rank++) {
                    assertThat(scores[head.top10Ids().get(rank)])
                            .isCloseTo(head.top10Logits().get(rank), TOLERANCE);
                }
                path.add(head.top10Ids().get(0));
            }
        });
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

    private static void withGraph(Golden.Run golden, Consumer<ModelGraph> test) {
        Golden.assumeBuilt(golden.name(), golden.kind());
        try (Checkpoint checkpoint = Checkpoint.open(Golden.baseFolder(golden.base()));
                HeadsCheckpoint heads = HeadsCheckpoint.open(Golden.headsFolder(golden.heads()));
                ModelGraph graph = ModelGraph.load(checkpoint, new GraphOptions("cpu", DataType.FLOAT32, 1, 512))) {
            graph.bindHeads(heads, heads.config().heads());
            test.accept(graph);
        }
    }
}
