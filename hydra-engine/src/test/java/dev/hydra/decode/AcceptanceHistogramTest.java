package dev.hydra.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class AcceptanceHistogramTest {

    @Test
    void countsAStepByItsDepthAndByWhatItKept() {
        assertThat(AcceptanceHistogram.ofStep(3, 2).rows()).isEqualTo(Map.of(3, List.of(0L, 0L, 1L, 0L)));
        assertThat(AcceptanceHistogram.ofStep(0, 0).rows()).isEqualTo(Map.of(0, List.of(1L)));
    }

    @Test
    void addsStepsOfOneDepthAndKeepsDepthsApart() {
        AcceptanceHistogram sum = AcceptanceHistogram.none()
                .plus(AcceptanceHistogram.ofStep(2, 0))
                .plus(AcceptanceHistogram.ofStep(1, 1))
                .plus(AcceptanceHistogram.ofStep(2, 2))
                .plus(AcceptanceHistogram.ofStep(2, 2))
                .plus(AcceptanceHistogram.none());

        assertThat(sum.rows()).isEqualTo(Map.of(1, List.of(0L, 1L), 2, List.of(1L, 0L, 2L)));
        assertThat(sum.rows().firstKey()).isEqualTo(1);
    }

    @Test
    void refusesARowThatDoesNotFitItsDepth() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new AcceptanceHistogram(new TreeMap<>(Map.of(2, List.of(1L, 2L)))))
                .withMessage("the row of depth 2 has 2 counts; expected 3, from none kept to all");
    }

    @Test
    void cannotBeChanged() {
        assertThatThrownBy(() -> AcceptanceHistogram.ofStep(1, 1).rows().clear())
                .isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void leavesOutAStepThatWasCancelledBeforeItsFirstToken() {
        StepTimes times = new StepTimes(Duration.ZERO, Duration.ZERO, Duration.ZERO);

        assertThat(DecodeStatistics.ofStep(0, List.of(4L, 2L), times).histogram())
                .isEqualTo(AcceptanceHistogram.none());
        assertThat(DecodeStatistics.ofStep(3, List.of(4L, 2L), times).histogram())
                .isEqualTo(AcceptanceHistogram.ofStep(2, 2));
    }
}
