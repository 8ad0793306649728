package dev.hydra;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hydra.graph.Frontier;
import dev.hydra.graph.ModelGraph;
import dev.hydra.graph.Verdict;
import dev.hydra.tree.TreePath;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The graph's draft heads give the authors' numbers. */
class GoldenHeadForwardTest {
    private static final Offset<Float> TOLERANCE = Offset.offset(Golden.TOLERANCE);

    static Stream<Named<Golden.HeadForward>> forwards() {
        return Golden.headForwards();
    }

    static Stream<Named<Golden.HeadForward>> prefixes() {
        return Golden.headForwards().filter(forward -> forward.getPayload().prefixOutput() != null);
    }

    @ParameterizedTest
    @MethodSource("forwards")
    void givesTheGoldenRowsAndScores(Golden.HeadForward golden) {
        try (Rig rig =
                new Rig(Rig.options(1, 64), Golden.baseFolder(golden.base()), Golden.headsFolder(golden.heads()))) {
            ModelGraph graph = rig.graph();
            List<List<Float>> rows = golden.prefixOutput() == null ? golden.inputHiddenStates() : golden.prefixOutput();
            for (Golden.HeadOutput output : golden.outputs()) {
                float[] row = Golden.floats(rows.get(output.position()));
                int head = output.head() - 1;
                List<Integer> path = output.conditionTokens();
                assertThat(path).hasSize(golden.grounded() ? output.head() : 0);
                assertThat(golden.grounded() ? graph.headHidden(row, path) : graph.medusaHidden(row, head))
                        .containsExactly(Golden.floats(output.headHidden()), TOLERANCE);
                assertThat(golden.grounded() ? graph.headScores(row, path) : graph.medusaScores(row, head))
                        .containsExactly(Golden.floats(output.logits()), TOLERANCE);
            }
        }
    }

    /** Whole, in pieces of one row, and of several: the prefix layer keeps what it has read. */
    @ParameterizedTest
    @MethodSource("prefixes")
    void givesTheGoldenPrefix(Golden.HeadForward golden) {
        List<List<Float>> expected = Objects.requireNonNull(golden.prefixOutput());
        try (Rig rig =
                new Rig(Rig.options(2, 64), Golden.baseFolder(golden.base()), Golden.headsFolder(golden.heads()))) {
            ModelGraph graph = rig.graph();
            float[][] rows =
                    golden.inputHiddenStates().stream().map(Golden::floats).toArray(float[][]::new);
            for (int piece : new int[] {rows.length, 1, 3}) {
                for (int from = 0; from < rows.length; from += piece) {
                    int to = Math.min(from + piece, rows.length);
                    Frontier frontier = new Frontier(List.of(1), List.of(from), List.of(0));
                    TreePath path =
                            new TreePath(IntStream.range(0, to - from).boxed().toList());
                    try (Verdict verdict = graph.givenHidden(new float[][][] {Arrays.copyOfRange(rows, from, to)})) {
                        graph.follow(frontier, verdict, List.of(0), List.of(path));
                    }
                    assertThat(graph.prefixed(1))
                            .as("rows %d to %d", from, to)
                            .containsExactly(Golden.floats(expected.get(to - 1)), TOLERANCE);
                }
            }
        }
    }
}
