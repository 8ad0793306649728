package dev.hydra.decode;

import java.time.Duration;

/** Times one thing after the other. */
final class Stopwatch {

    private long last = System.nanoTime();

    /** Time since the last lap, or since the watch was made. */
    Duration lap() {
        long now = System.nanoTime();
        Duration lap = Duration.ofNanos(now - last);
        last = now;
        return lap;
    }
}
