package dev.hydra.grammar;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/*
 * A number between bounds, digit by digit. A number with at most n decimals is a whole number of its last decimal's unit, so bounds
 * become whole numbers, and all numbers between two of them are: those that begin with the lower one's digits and go on no smaller,
 * those that begin with the upper one's and go on no larger, and all between.
 */
/** Numbers as JSON spells them, without exponents. */
final class Numbers {

    /** Digits before the point where a schema sets no bound: all of them are exact in a double. */
    static final int DIGITS = 15;

    /** Decimals where a schema's bounds have no more. */
    static final int DECIMALS = 6;

    /** The largest whole number where a schema sets no bound. */
    static final BigInteger LARGEST = BigInteger.TEN.pow(DIGITS).subtract(BigInteger.ONE);

    private final Expressions expressions;
    private final Expression digit;

    Numbers(Expressions expressions) {
        this.expressions = expressions;
        this.digit = expressions.oneOf(ByteSet.range('0', '9'));
    }

    /**
     * Numbers between bounds.
     *
     * @param decimals that they have at most; 0 for integers
     */
    Expression between(Bounds bounds, int decimals) {
        return between(bounds.lowest(decimals), bounds.highest(decimals), decimals);
    }

    /** Numbers between bounds in units of the last decimal. */
    private Expression between(@Nullable BigInteger least, @Nullable BigInteger most, int decimals) {
        BigInteger unit = BigInteger.TEN.pow(decimals);
        BigInteger widest = LARGEST.multiply(unit).add(unit).subtract(BigInteger.ONE);
        BigInteger low = least != null
                ? least
                : most == null ? widest.negate() : widest.negate().min(most);
        BigInteger high = most != null ? most : least == null ? widest : widest.max(least);
        List<Expression> choices = new ArrayList<>();
        if (low.signum() < 0) {
            // no negative zero
            choices.add(expressions.then(
                    expressions.literal("-"), magnitudes(high.negate().max(BigInteger.ONE), low.negate(), decimals)));
        }
        choices.add(magnitudes(low.max(BigInteger.ZERO), high, decimals));
        return expressions.either(choices);
    }

    /** Numbers without a sign, in units of the last decimal. */
    private Expression magnitudes(BigInteger low, BigInteger high, int decimals) {
        if (low.compareTo(high) > 0) {
            return expressions.nothing();
        }
        BigInteger unit = BigInteger.TEN.pow(decimals);
        BigInteger[] first = low.divideAndRemainder(unit);
        BigInteger[] last = high.divideAndRemainder(unit);
        String lowest = digits(first[1], decimals);
        String highest = digits(last[1], decimals);
        String zeros = "0".repeat(decimals);
        String nines = "9".repeat(decimals);
        if (first[0].equals(last[0])) {
            return expressions.then(expressions.literal(first[0].toString()), fraction(lowest, highest));
        }
        BigInteger from = first[0];
        BigInteger to = last[0];
        List<Expression> choices = new ArrayList<>();
        if (!lowest.equals(zeros)) {
            choices.add(expressions.then(expressions.literal(from.toString()), fraction(lowest, nines)));
            from = from.add(BigInteger.ONE);
        }
        if (!highest.equals(nines)) {
            choices.add(expressions.then(expressions.literal(to.toString()), fraction(zeros, highest)));
            to = to.subtract(BigInteger.ONE);
        }
        choices.add(expressions.then(whole(from, to), fraction(zeros, nines)));
        return expressions.either(choices);
    }

    private static String digits(BigInteger number, int count) {
        String digits = number.toString();
        return count == 0 ? "" : "0".repeat(count - digits.length()) + digits;
    }

    /** Whole numbers without a sign, shortest first. */
    private Expression whole(BigInteger low, BigInteger high) {
        if (low.compareTo(high) > 0) {
            return expressions.nothing();
        }
        List<Expression> choices = new ArrayList<>();
        for (int length = low.toString().length(); length <= high.toString().length(); length++) {
            BigInteger shortest = length == 1 ? BigInteger.ZERO : BigInteger.TEN.pow(length - 1);
            BigInteger longest = BigInteger.TEN.pow(length).subtract(BigInteger.ONE);
            choices.add(all(low.max(shortest).toString(), high.min(longest).toString()));
        }
        return expressions.either(choices);
    }

    /** What may follow a whole number: nothing where the lowest fraction is none, else a point and digits. */
    private Expression fraction(String low, String high) {
        Expression none = isZero(low) ? expressions.empty() : expressions.nothing();
        return low.isEmpty()
                ? none
                : expressions.either(none, expressions.then(expressions.literal("."), some(low, high)));
    }

    /** One digit at least and as many as the bounds have at most; those that are missing are zeros. */
    private Expression some(String low, String high) {
        return byFirst(low, high, (lower, upper) -> {
            Expression none = isZero(lower) ? expressions.empty() : expressions.nothing();
            return lower.isEmpty() ? expressions.empty() : expressions.either(none, some(lower, upper));
        });
    }

    /** As many digits as the bounds have. */
    private Expression all(String low, String high) {
        return byFirst(low, high, (lower, upper) -> lower.isEmpty() ? expressions.empty() : all(lower, upper));
    }

    private static boolean isZero(String digits) {
        return digits.chars().allMatch(digit -> digit == '0');
    }

    /** What follows a first digit, between two bounds of as many digits. */
    private interface Rest {
        Expression between(String low, String high);
    }

    private Expression byFirst(String low, String high, Rest rest) {
        char first = low.charAt(0);
        char last = high.charAt(0);
        String lowest = low.substring(1);
        String highest = high.substring(1);
        String zeros = "0".repeat(lowest.length());
        String nines = "9".repeat(lowest.length());
        if (first == last) {
            return expressions.then(digits(first, last), rest.between(lowest, highest));
        }
        List<Expression> choices = new ArrayList<>();
        if (!isZero(lowest)) {
            choices.add(expressions.then(digits(first, first), rest.between(lowest, nines)));
            first++;
        }
        if (!highest.equals(nines)) {
            choices.add(expressions.then(digits(last, last), rest.between(zeros, highest)));
            last--;
        }
        if (first <= last) {
            choices.add(expressions.then(digits(first, last), rest.between(zeros, nines)));
        }
        return expressions.either(choices);
    }

    private Expression digits(char first, char last) {
        return first == '0' && last == '9' ? digit : expressions.oneOf(ByteSet.range(first, last));
    }
}
