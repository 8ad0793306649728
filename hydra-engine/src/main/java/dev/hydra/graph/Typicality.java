package dev.hydra.graph;

/**
 * What typical acceptance asks of a drafted token (arXiv 2402.05109, section 4.2): a probability after its parent above
 * {@code min(threshold, alpha * exp(-entropy))}, of the distribution at a temperature.
 *
 * @param temperature above 0
 * @param threshold   the highest probability that is asked for, 0 to 1
 * @param alpha       of the bound that falls with the distribution's entropy
 */
public record Typicality(double temperature, double threshold, double alpha) {
    public Typicality {
        if (!(temperature > 0)) {
            throw new IllegalArgumentException("temperature is %s; expected more than 0".formatted(temperature));
        }
    }
}
