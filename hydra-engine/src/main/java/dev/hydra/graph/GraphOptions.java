package dev.hydra.graph;

/**
 * Where a model runs and how much room its sequences have.
 *
 * @param device    {@code auto} (a GPU where there is one), {@code cpu}, {@code gpu} or {@code gpu1}, as DJL names devices
 * @param dataType  of weights and activations
 * @param rows      cache rows: sequences that may be in flight, 1 or more
 * @param positions positions of a cache row: prompt plus answer plus one draft tree, in tokens
 */
public record GraphOptions(String device, DataType dataType, int rows, int positions) {
    public GraphOptions {
        if (rows < 1) {
            throw new IllegalArgumentException("cache rows are %d; expected 1 or more".formatted(rows));
        }
        if (positions < 2) {
            throw new IllegalArgumentException(
                    "positions of a cache row are %d; expected 2 or more".formatted(positions));
        }
    }
}
