package dev.hydra;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hydra.checkpoint.Checkpoint;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The judge is judged: the reference decoder agrees with the authors' implementation. */
class ReferenceDecoderTest {
    private static final Offset<Double> TOLERANCE = Offset.offset((double) Golden.TOLERANCE);
    private static final int TOKENS = 12;

    static Stream<Named<Golden.BaseForward>> forwards() {
        return Golden.baseForwards();
    }

    static Stream<Named<Golden.Run>> runs() {
        return Golden.runs();
    }

    @ParameterizedTest
    @MethodSource("forwards")
    void givesTheGoldenLogits(Golden.BaseForward golden) {
        try (Checkpoint checkpoint = Checkpoint.open(Golden.baseFolder(golden.base()))) {
            ReferenceDecoder decoder = new ReferenceDecoder(checkpoint);
            assertClose(decoder.hidden(golden.inputIds()), golden.finalHiddenStates());
            assertClose(decoder.logits(golden.inputIds()), golden.logits());
        }
    }

    @ParameterizedTest
    @MethodSource("runs")
    void generatesTheGoldenTokens(Golden.Run golden) {
        try (Checkpoint checkpoint = Checkpoint.open(Golden.baseFolder(golden.base()))) {
            List<Integer> tokens = ReferenceDecoder.generate(checkpoint, golden.prompt(), TOKENS);
            int compared = Math.min(TOKENS, golden.greedyReference().size());
            assertThat(tokens.subList(0, compared))
                    .isEqualTo(golden.greedyReference().subList(0, compared));
        }
    }

    private static void assertClose(double[][] found, List<List<Float>> expected) {
        assertThat(found.length).isEqualTo(expected.size());
        for (int row = 0; row < found.length; row++) {
            assertThat(found[row].length).isEqualTo(expected.get(row).size());
            for (int at = 0; at < found[row].length; at++) {
                assertThat(found[row][at]).isCloseTo(expected.get(row).get(at), TOLERANCE);
            }
        }
    }
}
