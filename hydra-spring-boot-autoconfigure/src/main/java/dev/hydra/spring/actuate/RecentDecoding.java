package dev.hydra.spring.actuate;

import dev.hydra.decode.Completion;
import dev.hydra.decode.DecodeListener;
import dev.hydra.decode.DecodeStatistics;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Remembers what was decoded in the last minute, to the second, and the latest answer. Told by the decode thread, asked by
 * any other.
 */
public final class RecentDecoding implements DecodeListener {

    /** How far back {@link #lastMinute()} reaches. */
    static final Duration WINDOW = Duration.ofMinutes(1);

    private static final long NANOS_PER_SECOND = Duration.ofSeconds(1).toNanos();

    private final LongSupplier nanoTime;
    private final Deque<Second> seconds = new ArrayDeque<>();
    private Optional<DecodeStatistics> latestAnswer = Optional.empty();

    /** Remembers nothing yet. */
    public RecentDecoding() {
        this(System::nanoTime);
    }

    RecentDecoding(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    @Override
    public synchronized void measured(DecodeStatistics delta) {
        long now = forgetTheOld();
        Second last = seconds.peekLast();
        if (last != null && last.number == now) {
            seconds.removeLast();
            seconds.addLast(new Second(now, last.statistics.plus(delta)));
        } else {
            seconds.addLast(new Second(now, delta));
        }
    }

    @Override
    public synchronized void finished(Completion completion, Duration total) {
        latestAnswer = Optional.of(completion.statistics());
    }

    /** The sum of what was measured in the last minute. */
    public synchronized DecodeStatistics lastMinute() {
        forgetTheOld();
        return seconds.stream().map(Second::statistics).reduce(DecodeStatistics.none(), DecodeStatistics::plus);
    }

    /** The answer finished last, however it ended; empty before the first. */
    public synchronized Optional<DecodeStatistics> latestAnswer() {
        return latestAnswer;
    }

    /** Forgets everything: the minute begins anew. */
    public synchronized void reset() {
        seconds.clear();
        latestAnswer = Optional.empty();
    }

    private long forgetTheOld() {
        long now = Math.floorDiv(nanoTime.getAsLong(), NANOS_PER_SECOND);
        seconds.removeIf(second -> now - second.number >= WINDOW.toSeconds());
        return now;
    }

    private record Second(long number, DecodeStatistics statistics) {}
}
