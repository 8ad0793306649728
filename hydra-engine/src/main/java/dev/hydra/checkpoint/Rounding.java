package dev.hydra.checkpoint;

/** Between float32 and the two 16-bit types, to the nearest and halves to even. */
final class Rounding {
    private static final int HALF_INFINITY = 0x7c00;
    private static final int HALF_NOT_A_NUMBER = 0x7e00;
    private static final int HALF_SMALLEST_NORMAL_EXPONENT = -14;
    /** The smallest float32 that rounds beyond the largest half, 65504. */
    private static final float HALF_OVERFLOW = 65520f;

    private Rounding() {}

    static float fromBrain(short bits) {
        return Float.intBitsToFloat(bits << 16);
    }

    static short toBrain(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (Float.isNaN(value)) {
            return (short) ((bits >>> 16) | 0x40); // quiet: the payload's lower half must not leave an infinity behind
        }
        return (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
    }

    static float fromHalf(short bits) {
        int exponent = (bits >>> 10) & 0x1f;
        int fraction = bits & 0x3ff;
        float magnitude;
        if (exponent == 0) {
            magnitude = fraction * 0x1p-24f;
        } else if (exponent == 0x1f) {
            magnitude = fraction == 0 ? Float.POSITIVE_INFINITY : Float.NaN;
        } else {
            magnitude = Float.intBitsToFloat(((exponent - 15 + 127) << 23) | (fraction << 13));
        }
        return bits < 0 ? -magnitude : magnitude;
    }

    static short toHalf(float value) {
        int sign = (Float.floatToRawIntBits(value) >>> 16) & 0x8000;
        float magnitude = Math.abs(value);
        if (Float.isNaN(value)) {
            return (short) (sign | HALF_NOT_A_NUMBER);
        }
        if (magnitude >= HALF_OVERFLOW) {
            return (short) (sign | HALF_INFINITY);
        }
        int exponent = Math.max(Math.getExponent(magnitude), HALF_SMALLEST_NORMAL_EXPONENT);
        // in units of the last place of that exponent; exact, and rint rounds halves to even
        int units = (int) Math.rint(Math.scalb((double) magnitude, 10 - exponent));
        // a carry out of the fraction moves on into the exponent, which is what rounding up to a power of two means
        return (short) (sign | (((exponent - HALF_SMALLEST_NORMAL_EXPONENT) << 10) + units));
    }
}
