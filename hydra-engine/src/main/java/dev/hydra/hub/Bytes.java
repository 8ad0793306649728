package dev.hydra.hub;

import java.time.Duration;
import java.util.Locale;

/** Amounts as people read them. */
final class Bytes {
    private static final String[] UNITS = {"bytes", "KB", "MB", "GB", "TB", "PB", "EB"};

    private Bytes() {}

    /** Bytes in the largest unit that leaves a number of 1 or more; 1 KB has 1000 bytes. */
    static String text(long bytes) {
        int unit = 0;
        double amount = bytes;
        while (amount >= 999.95 && unit < UNITS.length - 1) {
            amount /= 1000;
            unit++;
        }
        return unit == 0 ? bytes + " bytes" : String.format(Locale.ROOT, "%.1f %s", amount, UNITS[unit]);
    }

    /** A time, to the second. */
    static String time(Duration time) {
        long seconds = time.toSeconds();
        return seconds < 60
                ? seconds + " s"
                : seconds < 3600
                        ? "%d min %d s".formatted(seconds / 60, seconds % 60)
                        : "%d h %d min".formatted(seconds / 3600, seconds % 3600 / 60);
    }
}
