package dev.hydra;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hydra.checkpoint.Checkpoint;
import dev.hydra.checkpoint.HeadsCheckpoint;
import dev.hydra.graph.DataType;
import dev.hydra.graph.GraphOptions;
import dev.hydra.graph.ModelGraph;
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

    @ParameterizedTest
    @MethodSource("forwards")
    void givesTheGoldenRowsAndScores(Golden.HeadForward golden) {
        Golden.assumeBuilt(golden.heads(), golden.kind());
        try (Checkpoint checkpoint = Checkpoint.open(Golden.baseFolder(golden.base()));
                HeadsCheckpoint heads = HeadsCheckpoint.open(Golden.headsFolder(golden.heads()));
                ModelGraph graph = ModelGraph.load(checkpoint, new GraphOptions("cpu", DataType.FLOAT32, 1, 64))) {
            graph.bindHeads(heads, golden.numHeads());
            for (Golden.HeadOutput output : golden.outputs()) {
                assertThat(output.conditionTokens()).hasSize(output.head());
                float[] hidden = Golden.floats(golden.inputHiddenStates().get(output.position()));
                assertThat(graph.headHidden(hidden, output.conditionTokens()))
                        .containsExactly(Golden.floats(output.headHidden()), TOLERANCE);
                assertThat(graph.headScores(hidden, output.conditionTokens()))
                        .containsExactly(Golden.floats(output.logits()), TOLERANCE);
            }
        }
    }
}
