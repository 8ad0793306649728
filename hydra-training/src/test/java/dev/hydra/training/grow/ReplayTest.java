package dev.hydra.training.grow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.hydra.tree.TreeShape;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReplayTest {

    private static final Continuation TEXT =
            new Continuation(List.of(List.of(1, 0), List.of(0, 5), List.of(7), List.of(0, 0), List.of(0)));

    @Test
    void stepsAlongTheLongestPathThatTheRanksTake() {
        Replay replay = new Replay(TreeShape.parse("[[0], [1], [1, 0], [0, 0]]"));
        // 1, 0 and the bonus token; then 0, 0 are the last two tokens, and no bonus token comes
        assertThat(replay.starts(TEXT)).containsExactly(0, 3);
        Replay.Outcome outcome = replay.outcome(List.of(TEXT));
        assertThat(outcome).isEqualTo(new Replay.Outcome(2, 5, List.of(2L, 1L)));
        assertThat(outcome.acceptanceLength()).isEqualTo(2.5);
    }

    @Test
    void yieldsOneTokenAStepWithTheRootAlone() {
        assertThat(new Replay(TreeShape.single()).outcome(List.of(TEXT, TEXT)))
                .isEqualTo(new Replay.Outcome(10, 10, List.of()));
        assertThat(new Replay(TreeShape.single())
                        .outcome(List.of(new Continuation(List.of())))
                        .acceptanceLength())
                .isEqualTo(1);
    }

    @Test
    void refusesRanksOfTokensThatAreNotThere() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Continuation(List.of(List.of(0, 0), List.of(0, 0))))
                .withMessage("place 1 has 2 ranks; 1 tokens follow it");
    }

    @Test
    void hasAPlaceForEveryTokenThatStepsYield() {
        RankSource ranks = (tokens, from) -> {
            assertThat(tokens).containsExactly(1, 2, 3, 4, 5, 6);
            assertThat(from).isEqualTo(1);
            return List.of(List.of(0, 0), List.of(1, 1), List.of(2), List.of(), List.of());
        };
        assertThat(Continuation.of(ranks, List.of(1, 2), List.of(3, 4, 5, 6)))
                .isEqualTo(new Continuation(List.of(List.of(0, 0), List.of(1, 1), List.of(2))));
        assertThat(Continuation.of(ranks, List.of(1, 2), List.of(3)).size()).isZero();
    }
}
