package dev.hydra.spring.actuate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hydra.decode.AcceptanceHistogram;
import dev.hydra.decode.Completion;
import dev.hydra.decode.DecodeStatistics;
import dev.hydra.decode.FinishReason;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RecentDecodingTest {

    private final AtomicLong now = new AtomicLong(-5_000_000_000L);
    private final RecentDecoding recent = new RecentDecoding(now::get);

    @Test
    void addsUpWhatTheLastMinuteMeasured() {
        recent.measured(steps(1));
        recent.measured(steps(2));
        pass(Duration.ofSeconds(30));
        recent.measured(steps(4));

        assertThat(recent.lastMinute().steps()).isEqualTo(7);
        assertThat(recent.lastMinute().accepted()).containsExactly(7L);
    }

    @Test
    void forgetsWhatIsOlderThanAMinute() {
        recent.measured(steps(1));
        pass(Duration.ofSeconds(59));
        recent.measured(steps(2));
        assertThat(recent.lastMinute().steps()).isEqualTo(3);

        pass(Duration.ofSeconds(1));
        assertThat(recent.lastMinute().steps()).isEqualTo(2);

        pass(Duration.ofSeconds(59));
        assertThat(recent.lastMinute()).isEqualTo(DecodeStatistics.none());
    }

    @Test
    void remembersTheLatestAnswer() {
        assertThat(recent.latestAnswer()).isEmpty();

        recent.finished(new Completion(List.of(1), "a", FinishReason.STOP, steps(1)), Duration.ofSeconds(1));
        recent.finished(new Completion(List.of(2), "b", FinishReason.CANCELLED, steps(5)), Duration.ofSeconds(1));

        assertThat(recent.latestAnswer()).hasValue(steps(5));
    }

    @Test
    void forgetsEverythingWhenItIsReset() {
        recent.measured(steps(1));
        recent.finished(new Completion(List.of(1), "a", FinishReason.STOP, steps(1)), Duration.ofSeconds(1));

        recent.reset();

        assertThat(recent.lastMinute()).isEqualTo(DecodeStatistics.none());
        assertThat(recent.latestAnswer()).isEmpty();
        recent.measured(steps(2));
        assertThat(recent.lastMinute()).isEqualTo(steps(2));
    }

    private void pass(Duration time) {
        now.addAndGet(time.toNanos());
    }

    private static DecodeStatistics steps(long steps) {
        return new DecodeStatistics(
                0,
                0,
                2 * steps,
                steps,
                List.of(3 * steps),
                List.of(steps),
                AcceptanceHistogram.none(),
                Duration.ZERO,
                Duration.ZERO,
                Duration.ofMillis(steps),
                Duration.ZERO,
                Duration.ZERO);
    }
}
