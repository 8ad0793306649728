package dev.hydra;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hydra.graph.Acceptance;
import dev.hydra.graph.Draft;
import dev.hydra.graph.Frontier;
import dev.hydra.graph.Standing;
import dev.hydra.graph.Verdict;
import dev.hydra.sampling.AcceptanceRule;
import dev.hydra.sampling.Chooser;
import dev.hydra.sampling.Exact;
import dev.hydra.sampling.SamplingOptions;
import dev.hydra.sampling.Typical;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** On fixed scores, what is accepted is what the authors accept. */
class GoldenPosteriorTest {

    static Stream<Named<Golden.Posterior>> posteriors() {
        return Golden.posteriors();
    }

    @ParameterizedTest
    @MethodSource("posteriors")
    void acceptsTheGoldenPath(Golden.Posterior golden) {
        float[][] scores = golden.nodeLogits().stream().map(Golden::floats).toArray(float[][]::new);
        SamplingOptions options = SamplingOptions.of(golden.temperature());
        AcceptanceRule rule = golden.temperature() == 0
                ? new Exact()
                : new Typical(golden.posteriorThreshold(), golden.posteriorAlpha());
        try (Rig rig = new Rig(Rig.options(1, 128), Golden.baseFolder("base-a"));
                Draft draft = rig.graph().given(golden.shape(), List.of(golden.treeTokens()));
                Verdict verdict = rig.graph().given(new float[][][] {scores})) {
            Frontier frontier =
                    new Frontier(List.of(0), List.of(1), golden.treeTokens().subList(0, 1));
            Acceptance accepted = rule.accept(
                            rig.graph(), new Standing(frontier, draft, verdict), List.of(new Chooser(0, 2, options, 0)))
                    .get(0);
            assertThat(accepted.path().nodes()).isEqualTo(golden.acceptedNodes());
            assertThat(accepted.path().depth()).isEqualTo(golden.acceptLength());
            assertThat(accepted.tokens())
                    .isEqualTo(golden.acceptedTokens()
                            .subList(1, golden.acceptedTokens().size()));
            assertThat(accepted.bonus()).isEqualTo(golden.nextTokenArgmax());
        }
    }
}
