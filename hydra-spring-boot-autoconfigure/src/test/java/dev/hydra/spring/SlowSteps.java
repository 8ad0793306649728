package dev.hydra.spring;

import dev.hydra.decode.DecodeListener;
import dev.hydra.decode.DecodeStatistics;
import java.time.Duration;

/**
 * Makes steps take as long as those of a larger model, so that a test can act while the {@link Reciter} answers, on a busy
 * machine too.
 */
public final class SlowSteps implements DecodeListener {

    private final Duration pause;

    public SlowSteps(Duration pause) {
        this.pause = pause;
    }

    @Override
    public void measured(DecodeStatistics delta) {
        try {
            Thread.sleep(pause.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
