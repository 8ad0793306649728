package dev.hydra.benchmarks;

import java.util.List;
import java.util.Locale;

/**
 * Repeated measurements of one quantity.
 *
 * @param median  the middle one, or the mean of the two in the middle
 * @param lowest  of all
 * @param highest of all
 */
record Spread(double median, double lowest, double highest) {

    /** @param values one at least */
    static Spread of(List<Double> values) {
        if (values.isEmpty()) {
            throw new IllegalArgumentException("no measurements; expected one or more");
        }
        List<Double> sorted = values.stream().sorted().toList();
        int middle = sorted.size() / 2;
        double median = sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
        return new Spread(digits(median), digits(sorted.get(0)), digits(sorted.get(sorted.size() - 1)));
    }

    /** Four significant digits: more would claim a precision that no measurement here has. */
    private static double digits(double value) {
        return value == 0 ? 0 : Double.parseDouble(String.format(Locale.ROOT, "%.3e", value));
    }
}
