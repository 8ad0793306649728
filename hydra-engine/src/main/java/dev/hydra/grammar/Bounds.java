package dev.hydra.grammar;

import com.google.gson.JsonObject;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a schema says of numbers.
 *
 * @param least         the smallest, or null
 * @param excludesLeast whether it is none of them itself
 * @param most          the largest, or null
 * @param excludesMost  whether it is none of them itself
 * @param unit          what they are multiples of, a power of ten no larger than 1, or null
 */
record Bounds(
        @Nullable BigDecimal least,
        boolean excludesLeast,
        @Nullable BigDecimal most,
        boolean excludesMost,
        @Nullable BigDecimal unit) {

    static final Bounds NONE = new Bounds(null, false, null, false, null);

    private static final int MOST_DIGITS = 40;

    static Bounds read(JsonObject schema, Spot spot) {
        BigDecimal minimum = number(schema, "minimum", spot);
        BigDecimal above = number(schema, "exclusiveMinimum", spot);
        BigDecimal maximum = number(schema, "maximum", spot);
        BigDecimal below = number(schema, "exclusiveMaximum", spot);
        boolean excludesLeast = above != null && (minimum == null || above.compareTo(minimum) >= 0);
        boolean excludesMost = below != null && (maximum == null || below.compareTo(maximum) <= 0);
        BigDecimal unit = number(schema, "multipleOf", spot);
        if (unit != null && (unit.compareTo(BigDecimal.ONE) > 0 || !isPowerOfTen(unit))) {
            throw spot.beside("multipleOf").refuse("is %s; only 1, 0.1, 0.01 and so on are supported".formatted(unit));
        }
        return new Bounds(
                excludesLeast ? above : minimum, excludesLeast, excludesMost ? below : maximum, excludesMost, unit);
    }

    private static boolean isPowerOfTen(BigDecimal number) {
        return number.signum() > 0
                && number.stripTrailingZeros().unscaledValue().equals(BigInteger.ONE);
    }

    private static @Nullable BigDecimal number(JsonObject schema, String key, Spot spot) {
        Optional<BigDecimal> number = Keywords.number(schema, key, spot);
        if (number.isPresent() && digits(number.get()) > MOST_DIGITS) {
            throw spot.beside(key).refuse("is %s; expected at most %d digits".formatted(number.get(), MOST_DIGITS));
        }
        return number.orElse(null);
    }

    private static long digits(BigDecimal number) {
        return Math.max(number.precision(), Math.max(number.scale(), (long) number.precision() - number.scale()));
    }

    /** How many decimals numbers have at most: those of their unit, or so many, or more where the bounds have more. */
    int decimals(int otherwise) {
        if (unit != null) {
            return Math.max(0, unit.stripTrailingZeros().scale());
        }
        int decimals = otherwise;
        for (BigDecimal bound : new @Nullable BigDecimal[] {least, most}) {
            decimals = bound == null
                    ? decimals
                    : Math.max(decimals, bound.stripTrailingZeros().scale());
        }
        return decimals;
    }

    /** The same, and of those whole numbers that fit so many bits, a sign included. */
    Bounds within(int bits) {
        BigDecimal end = new BigDecimal(BigInteger.ONE.shiftLeft(bits - 1));
        BigDecimal largest = end.subtract(BigDecimal.ONE);
        boolean keepsLeast = least != null && least.compareTo(end.negate()) >= 0;
        boolean keepsMost = most != null && most.compareTo(largest) <= 0;
        return new Bounds(
                keepsLeast ? least : end.negate(),
                keepsLeast && excludesLeast,
                keepsMost ? most : largest,
                keepsMost && excludesMost,
                unit);
    }

    /** The smallest number of so many decimals, in units of the last one; null where there is none. */
    @Nullable
    BigInteger lowest(int decimals) {
        if (least == null) {
            return null;
        }
        BigDecimal scaled = least.movePointRight(decimals);
        return excludesLeast
                ? scaled.setScale(0, RoundingMode.FLOOR).toBigInteger().add(BigInteger.ONE)
                : scaled.setScale(0, RoundingMode.CEILING).toBigInteger();
    }

    /** The largest number of so many decimals, in units of the last one; null where there is none. */
    @Nullable
    BigInteger highest(int decimals) {
        if (most == null) {
            return null;
        }
        BigDecimal scaled = most.movePointRight(decimals);
        return excludesMost
                ? scaled.setScale(0, RoundingMode.CEILING).toBigInteger().subtract(BigInteger.ONE)
                : scaled.setScale(0, RoundingMode.FLOOR).toBigInteger();
    }
}
