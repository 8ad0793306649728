package dev.hydra.sampling;

/**
 * How the next token is chosen from the base model's scores.
 *
 * @param temperature 0 for the likeliest token, which is all this version knows
 */
public record SamplingOptions(double temperature) {
    private static final SamplingOptions GREEDY = new SamplingOptions(0);

    public SamplingOptions {
        if (temperature != 0) {
            throw new IllegalArgumentException(
                    "temperature is %s; only 0, greedy decoding, is available: leave temperature out or set it to 0"
                            .formatted(temperature));
        }
    }

    /** The likeliest token every time; ties go to the lower token id. */
    public static SamplingOptions greedy() {
        return GREEDY;
    }
}
