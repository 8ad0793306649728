package dev.hydra.training.evaluate;

import java.util.List;
import java.util.Locale;

/**
 * Repeated measurements of one quantity, to four significant digits.
 *
 * @param median  the middle one, or the mean of the two in the middle
 * @param lowest  of all
 * @param highest of all
 */
public record Spread(double median, double lowest, double highest) {

    /**
     * The spread of measurements.
     *
     * @param values one at least
     */
    public static Spread of(List<Double> values) {
        if (values.isEmpty()) {
            throw new IllegalArgumentException("no measurements; expected one or more");
        }
        List<Double> sorted = values.stream().sorted().toList();
        int middle = sorted.size() / 2;
        double median = sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
        return new Spread(digits(median), digits(sorted.get(0)), digits(sorted.get(sorted.size() - 1)));
    }

    /** More digits would claim a precision that no measurement here has. */
    static double digits(double value) {
        return value == 0 ? 0 : Double.parseDouble(String.format(Locale.ROOT, "%.3e", value));
    }
}
