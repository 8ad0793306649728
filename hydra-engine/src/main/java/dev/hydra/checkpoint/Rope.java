package dev.hydra.checkpoint;

/**
 * The rotary embedding of positions.
 *
 * @param theta   base of the wavelengths
 * @param scaling how it is stretched over more positions than the model was first trained for
 */
public record Rope(double theta, RopeScaling scaling) {

    /** Checks the base. */
    public Rope {
        if (!(theta > 0) || Double.isInfinite(theta)) {
            throw new IllegalArgumentException("rope_theta is %s; expected a number above 0"
                    .formatted(theta == Math.rint(theta) ? (Object) (long) theta : theta));
        }
        if (scaling instanceof RopeScaling.Yarn && theta <= 1) {
            throw new IllegalArgumentException(
                    "rope_theta is %s; expected a number above 1, as rope_type is yarn".formatted(theta));
        }
    }

    /** Without scaling. */
    public static Rope of(double theta) {
        return new Rope(theta, new RopeScaling.None());
    }

    /**
     * How far each pair of a head turns from one position to the next, in radians, (headWidth / 2,).
     *
     * @param headWidth numbers per head
     * @param positions of a cache row; {@link RopeScaling.Dynamic} alone asks for it
     */
    public double[] frequencies(int headWidth, int positions) {
        return scaling.frequencies(theta, headWidth, positions);
    }

    /** What rotated queries and keys are multiplied by, each. */
    public double amplitude() {
        return scaling.amplitude();
    }
}
