package dev.hydra;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hydra.schedule.GenerationListener;
import dev.hydra.text.TextRun;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Waiting for other threads, and letting the decoding thread wait. */
final class Latches {

    private Latches() {}

    /** Waits for a latch, a minute at most. */
    static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(1, TimeUnit.MINUTES)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Says when the first text arrives, and holds the decoding thread until it is released. */
    static GenerationListener holding(CountDownLatch started, CountDownLatch release) {
        return new GenerationListener() {
            @Override
            public void text(List<TextRun> runs) {
                started.countDown();
                await(release);
            }
        };
    }
}
