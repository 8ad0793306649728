package dev.hydra.decode;

import java.time.Duration;

/**
 * Told of the decoder's work as it happens, on the decoding thread: an implementation must not block. Requests that never got to
 * be decoded, rejected or cancelled ones, are reported by the thread that asked or cancelled.
 */
public interface DecodeListener {

    /** A request was turned away: as many wait as may wait. */
    default void rejected() {}

    /**
     * A request got its row of the cache.
     *
     * @param waited since it arrived
     */
    default void admitted(Duration waited) {}

    /**
     * A prompt was read, or a step was made.
     *
     * @param delta what it adds to the statistics
     */
    default void measured(DecodeStatistics delta) {}

    /**
     * A generation ended.
     *
     * @param completion its result
     * @param total      from the request's arrival to its end, waiting included
     */
    default void finished(Completion completion, Duration total) {}

    /**
     * A generation broke off with an error.
     *
     * @param error what went wrong
     */
    default void failed(Throwable error) {}
}
