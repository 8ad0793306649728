package dev.hydra.training.console;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Whether somebody wants the work to stop: pressed Ctrl-C, or asked the process to end. Work that looks at it is given time to
 * stop cleanly; work that never did is ended at once.
 *
 * <p>Safe for use by several threads.
 */
public final class Interruption {
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile boolean heeded;
    private volatile boolean requested;

    /** Whether the work should stop. Asking is a promise to ask again and again. */
    public boolean requested() {
        heeded = true;
        return requested;
    }

    /** Asks the work to stop, and waits until it has ended, at most two minutes. Returns at once where nobody listens. */
    public void request() throws InterruptedException {
        requested = true;
        if (heeded) {
            ended.await(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }
    }

    /** Says that the work has ended. */
    public void end() {
        ended.countDown();
    }
}
