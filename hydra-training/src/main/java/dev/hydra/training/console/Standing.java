package dev.hydra.training.console;

import java.time.Duration;
import java.util.Locale;

/**
 * How far a piece of work has come, in words.
 *
 * @param done    what is done, in the unit
 * @param total   what there is to do; 0 or less where nobody knows
 * @param unit    what is counted, in the plural
 * @param elapsed time that it took
 */
record Standing(long done, long total, String unit, Duration elapsed) {
    private static final double NANOSECONDS = 1e9;
    private static final int SECONDS_PER_MINUTE = 60;
    private static final int SECONDS_PER_HOUR = 3600;

    /** Hundredths of the whole that are done, rounded down; 0 where nobody knows. */
    int percent() {
        return total > 0 ? (int) Math.min(100, Math.max(0, 100.0 * done / total)) : 0;
    }

    /** For example {@code 600 of 2000 steps}. */
    String amount() {
        return total > 0 ? "%d of %d %s".formatted(done, total, unit) : "%d %s".formatted(done, unit);
    }

    /** For example {@code 12.5 steps/s}, or {@code 3.0 steps/min} where that is slow. */
    String rate() {
        double perSecond = elapsed.isZero() ? 0 : done * NANOSECONDS / elapsed.toNanos();
        if (perSecond >= 1 || perSecond == 0) {
            return String.format(Locale.ROOT, perSecond >= 100 ? "%.0f %s/s" : "%.1f %s/s", perSecond, unit);
        }
        double perMinute = perSecond * SECONDS_PER_MINUTE;
        return perMinute >= 1
                ? String.format(Locale.ROOT, "%.1f %s/min", perMinute, unit)
                : String.format(Locale.ROOT, "%.1f %s/h", perMinute * SECONDS_PER_MINUTE, unit);
    }

    /** The time that the rest will take at this rate, for example {@code 2 min 5 s left}; empty where nobody knows. */
    String left() {
        if (done <= 0 || total <= 0) {
            return "";
        }
        double seconds = elapsed.toNanos() / NANOSECONDS / done * Math.max(0, total - done);
        return time(Duration.ofSeconds((long) Math.ceil(seconds))) + " left";
    }

    /** The time that it took. */
    String time() {
        return time(elapsed);
    }

    /** A time in its two largest units, for example {@code 1 h 20 min}. */
    static String time(Duration time) {
        long seconds = time.toSeconds();
        if (seconds < SECONDS_PER_MINUTE) {
            return seconds < 10 && time.toNanosPart() != 0
                    ? String.format(Locale.ROOT, "%.1f s", time.toNanos() / NANOSECONDS)
                    : seconds + " s";
        }
        return seconds < SECONDS_PER_HOUR
                ? "%d min %d s".formatted(seconds / SECONDS_PER_MINUTE, seconds % SECONDS_PER_MINUTE)
                : "%d h %d min".formatted(seconds / SECONDS_PER_HOUR, seconds % SECONDS_PER_HOUR / SECONDS_PER_MINUTE);
    }
}
