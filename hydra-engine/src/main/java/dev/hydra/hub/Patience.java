package dev.hydra.hub;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How often something is tried again, and when. Belongs to one thread. */
final class Patience {
    private static final Logger log = LoggerFactory.getLogger(Hub.class);
    private static final Duration LONGEST_BACKOFF = Duration.ofSeconds(30);
    /** What a server may ask for; hubs count requests in windows of five minutes. */
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(6);

    private final int attempts;
    private final Duration pause;
    private int failures;

    Patience(int attempts, Duration pause) {
        this.attempts = attempts;
        this.pause = pause;
    }

    /** Something was gained: the next failure is the first one again. */
    void reset() {
        failures = 0;
    }

    /**
     * Waits before the next attempt.
     *
     * @throws HubException if there is none
     */
    void await(TransientFailure failure) throws InterruptedException {
        failures++;
        if (failures >= attempts || failure.pause().compareTo(LONGEST_WAIT) > 0) {
            throw failure.givenUp(failures);
        }
        Duration backoff = pause.multipliedBy(1L << Math.min(failures - 1, 20));
        Duration shortest = backoff.compareTo(LONGEST_BACKOFF) < 0 ? backoff : LONGEST_BACKOFF;
        Duration wait = failure.pause().compareTo(shortest) > 0 ? failure.pause() : shortest;
        log.warn("{}; trying again in {} ms", failure.getMessage(), wait.toMillis());
        TimeUnit.NANOSECONDS.sleep(wait.toNanos());
    }
}
