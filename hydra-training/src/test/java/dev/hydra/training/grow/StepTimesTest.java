package dev.hydra.training.grow;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class StepTimesTest {

    @Test
    void liesOnAStraightLineBetweenMeasurements() {
        StepTimes times = new StepTimes(new TreeMap<>(Map.of(1, 10.0, 4, 13.0, 8, 13.0)));
        assertThat(times.milliseconds(1)).isEqualTo(10);
        assertThat(times.milliseconds(2)).isEqualTo(11);
        assertThat(times.milliseconds(6)).isEqualTo(13);
        assertThat(times.milliseconds(100)).isEqualTo(13);
    }

    @Test
    void neverFalls() {
        StepTimes times = new StepTimes(new TreeMap<>(Map.of(1, 10.0, 2, 14.0, 4, 12.0, 8, 10.0, 16, 20.0)));
        assertThat(times.milliseconds(1)).isEqualTo(10);
        assertThat(times.milliseconds(2)).isEqualTo(12);
        assertThat(times.milliseconds(8)).isEqualTo(12);
        assertThat(times.milliseconds(12)).isEqualTo(16);
    }
}
