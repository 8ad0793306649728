package dev.hydra.training;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A tensor on the host under its name in a checkpoint.
 *
 * <p>The values are shared, not copied: whoever makes a weight hands them over.
 */
final class Weight {

    private final String name;
    private final List<Long> shape;
    private final float[] values;

    /**
     * @param values row-major, as many as the shape has places
     * @throws IllegalArgumentException if their number is another one
     */
    Weight(String name, List<Long> shape, float[] values) {
        this.name = name;
        this.shape = List.copyOf(shape);
        this.values = values;
        if (values.length != size(shape)) {
            throw new IllegalArgumentException(
                    "%s has %d values; its shape %s asks for %d".formatted(name, values.length, shape, size(shape)));
        }
    }

    static int size(List<Long> shape) {
        return Math.toIntExact(shape.stream().reduce(1L, Math::multiplyExact));
    }

    static Weight filled(String name, List<Long> shape, float value) {
        float[] values = new float[size(shape)];
        Arrays.fill(values, value);
        return new Weight(name, shape, values);
    }

    String name() {
        return name;
    }

    List<Long> shape() {
        return shape;
    }

    float[] values() {
        return values;
    }

    /** The same tensors with other values, in the same order. */
    static List<Weight> with(List<Weight> weights, List<float[]> others) {
        List<Weight> changed = new ArrayList<>();
        for (int i = 0; i < weights.size(); i++) {
            changed.add(weights.get(i).with(others.get(i)));
        }
        return changed;
    }

    /** The same tensor with other values. */
    Weight with(float[] others) {
        return new Weight(name, shape, others);
    }
}
