package dev.hydra.sampling;

/** Pearson's chi-square test: whether counted draws may come from a distribution. */
final class GoodnessOfFit {
    /** Cells of which fewer are expected are taken together. */
    private static final double LEAST = 5;

    private static final int TERMS = 10_000;

    private GoodnessOfFit() {}

    /**
     * The probability of draws that fit no better than these, if they do come from the distribution; 0 where something was drawn
     * that is impossible.
     *
     * @param counts        of each cell
     * @param probabilities of each cell; they add up to 1
     */
    static double pValue(long[] counts, double[] probabilities) {
        long draws = 0;
        for (long count : counts) {
            draws += count;
        }
        double square = 0;
        double rareExpected = 0;
        long rare = 0;
        int cells = 0;
        for (int cell = 0; cell < counts.length; cell++) {
            double expected = draws * probabilities[cell];
            if (expected == 0 && counts[cell] > 0) {
                return 0;
            }
            if (expected < LEAST) {
                rareExpected += expected;
                rare += counts[cell];
            } else {
                square += square(counts[cell], expected);
                cells++;
            }
        }
        if (rareExpected >= LEAST) {
            square += square(rare, rareExpected);
            cells++;
        }
        return cells < 2 ? 1 : upperTail(cells - 1, square);
    }

    private static double square(long count, double expected) {
        return (count - expected) * (count - expected) / expected;
    }

    /** The probability that a chi-square variable of so many degrees of freedom exceeds a value. */
    static double upperTail(int degrees, double value) {
        double a = degrees / 2.0;
        double x = value / 2;
        if (x == 0) {
            return 1;
        }
        double front = Math.exp(a * Math.log(x) - x - logGamma(degrees));
        if (x < a + 1) {
            double term = 1 / a;
            double sum = term;
            for (int n = 1; n < TERMS && term > sum * 1e-16; n++) {
                term *= x / (a + n);
                sum += term;
            }
            return 1 - front * sum;
        }
        // a continued fraction, by Lentz's method
        double b = x + 1 - a;
        double c = 1e300;
        double d = 1 / b;
        double fraction = d;
        for (int n = 1; n < TERMS; n++) {
            double numerator = -n * (n - a);
            b += 2;
            d = 1 / (numerator * d + b);
            c = b + numerator / c;
            fraction *= c * d;
            if (Math.abs(c * d - 1) < 1e-15) {
                break;
            }
        }
        return front * fraction;
    }

    /** The logarithm of the gamma function of half the degrees. */
    private static double logGamma(int degrees) {
        double sum = degrees % 2 == 0 ? 0 : Math.log(Math.PI) / 2;
        for (int at = degrees % 2 == 0 ? 2 : 1; at < degrees; at += 2) {
            sum += Math.log(at / 2.0);
        }
        return sum;
    }
}
