package dev.hydra.training.console;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(10)
class InterruptionTest {
    @Test
    void doesNotWaitForWorkThatNeverAsks() throws InterruptedException {
        new Interruption().request();
    }

    @Test
    void waitsForWorkThatAsksUntilItHasEnded() throws InterruptedException {
        Interruption interruption = new Interruption();
        assertThat(interruption.requested()).isFalse();
        Thread work = new Thread(() -> {
            while (!interruption.requested()) {
                Thread.onSpinWait();
            }
            interruption.end();
        });
        work.start();
        interruption.request();
        work.join();
        assertThat(interruption.requested()).isTrue();
    }
}
