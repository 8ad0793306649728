package dev.hydra.training.cli;

import java.util.Locale;

/** Large numbers for people. */
final class Amount {
    private static final String[] BINARY = {"B", "KiB", "MiB", "GiB", "TiB"};
    private static final int BINARY_STEP = 1024;
    private static final String[] DECIMAL = {"", " thousand", " million", " billion"};
    private static final int DECIMAL_STEP = 1000;

    private Amount() {}

    /** For example {@code 12.5 MiB}. */
    static String bytes(long bytes) {
        double rest = bytes;
        int unit = 0;
        while (rest >= BINARY_STEP && unit < BINARY.length - 1) {
            rest /= BINARY_STEP;
            unit++;
        }
        return String.format(Locale.ROOT, unit == 0 ? "%.0f %s" : "%.1f %s", rest, BINARY[unit]);
    }

    /** For example {@code 6.7 billion}. */
    static String count(long count) {
        double rest = count;
        int unit = 0;
        while (rest >= DECIMAL_STEP && unit < DECIMAL.length - 1) {
            rest /= DECIMAL_STEP;
            unit++;
        }
        return String.format(Locale.ROOT, unit == 0 ? "%.0f%s" : "%.1f%s", rest, DECIMAL[unit]);
    }
}
