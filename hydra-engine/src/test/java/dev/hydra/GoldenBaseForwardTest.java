package dev.hydra;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hydra.checkpoint.Checkpoint;
import dev.hydra.graph.DataType;
import dev.hydra.graph.Draft;
import dev.hydra.graph.Frontier;
import dev.hydra.graph.GraphOptions;
import dev.hydra.graph.ModelGraph;
import dev.hydra.graph.Verdict;
import dev.hydra.tree.TreeShape;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The graph's base model gives the authors' numbers. */
class GoldenBaseForwardTest {
    private static final Offset<Float> TOLERANCE = Offset.offset(Golden.TOLERANCE);

    static Stream<Named<Golden.BaseForward>> forwards() {
        return Golden.baseForwards();
    }

    @ParameterizedTest
    @MethodSource("forwards")
    void givesTheGoldenHiddenRowsAndScores(Golden.BaseForward golden) {
        try (Checkpoint checkpoint = Checkpoint.open(Golden.baseFolder(golden.base()));
                ModelGraph graph = ModelGraph.load(checkpoint, new GraphOptions("cpu", DataType.FLOAT32, 1, 256))) {
            List<Integer> tokens = golden.inputIds();
            TreeShape chain =
                    new TreeShape(IntStream.range(-1, tokens.size() - 1).boxed().toList());
            Frontier empty = new Frontier(List.of(0), List.of(0), List.of(tokens.get(0)));
            try (Draft draft = graph.given(chain, List.of(tokens));
                    Verdict verdict = graph.verify(empty, draft)) {
                for (int at = 0; at < tokens.size(); at++) {
                    assertThat(verdict.hidden(0, at))
                            .containsExactly(
                                    Golden.floats(golden.finalHiddenStates().get(at)), TOLERANCE);
                    assertThat(verdict.scores(0, at))
                            .containsExactly(Golden.floats(golden.logits().get(at)), TOLERANCE);
                }
            }
        }
    }
}
