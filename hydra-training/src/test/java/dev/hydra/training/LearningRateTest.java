package dev.hydra.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class LearningRateTest {

    private static final double ROUNDING = 1e-12;

    private final LearningRate rate = new LearningRate(2e-3, 10, 0.1);

    @Test
    void risesToThePeakAndFallsToTheFloor() {
        assertThat(rate.at(0, 0)).isCloseTo(2e-4, within(ROUNDING));
        assertThat(rate.at(4, 0)).isCloseTo(1e-3, within(ROUNDING));
        assertThat(rate.at(10, 0)).isCloseTo(2e-3, within(ROUNDING));
        assertThat(rate.at(500, 0.5)).isCloseTo(2e-3 * 0.55, within(ROUNDING));
        assertThat(rate.at(1000, 1)).isCloseTo(2e-4, within(ROUNDING));
    }

    @Test
    void isTheAuthorsRateWhereTheNumberOfStepsIsKnown() {
        LearningRate authors = new LearningRate(5e-4, 100, 0.33);
        assertThat(authors.ofStep(0, 1100)).isZero();
        assertThat(authors.ofStep(50, 1100)).isCloseTo(2.5e-4, within(ROUNDING));
        assertThat(authors.ofStep(99, 1100)).isCloseTo(4.95e-4, within(ROUNDING));
        assertThat(authors.ofStep(100, 1100)).isCloseTo(5e-4, within(ROUNDING));
        assertThat(authors.ofStep(600, 1100)).isCloseTo(5e-4 * 0.665, within(ROUNDING));
        double last = 5e-4 * (0.33 + 0.67 * 0.5 * (1 + Math.cos(Math.PI * 999 / 1000)));
        assertThat(authors.ofStep(1099, 1100)).isCloseTo(last, within(ROUNDING));
        // without a warm-up, and where the warm-up is all there is
        assertThat(new LearningRate(5e-4, 0, 0.33).ofStep(0, 10)).isCloseTo(5e-4, within(ROUNDING));
        assertThat(authors.ofStep(9, 10)).isCloseTo(4.5e-5, within(ROUNDING));
    }

    @Test
    void fallsWithWhicheverPartOfTheBudgetIsSpentFirst() {
        Budget budget = new Budget(100, Duration.ofMinutes(10));
        assertThat(budget.progress(25, Duration.ofMinutes(1))).isEqualTo(0.25);
        assertThat(budget.progress(25, Duration.ofMinutes(5))).isEqualTo(0.5);
        assertThat(budget.progress(100, Duration.ofMinutes(5))).isEqualTo(1);
        assertThat(budget.progress(25, Duration.ofMinutes(11))).isEqualTo(1);
    }

    @Test
    void rejectsBudgetsAndRatesThatTrainNothing() {
        assertThatIllegalArgumentException().isThrownBy(() -> new Budget(0, Duration.ofMinutes(1)));
        assertThatIllegalArgumentException().isThrownBy(() -> new Budget(1, Duration.ZERO));
        assertThatIllegalArgumentException().isThrownBy(() -> new LearningRate(0, 10, 0.1));
        assertThatIllegalArgumentException().isThrownBy(() -> new LearningRate(1e-3, 10, 1.1));
    }
}
