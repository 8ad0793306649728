package dev.hydra.training;

import java.util.List;
import java.util.Random;

/** Makes untrained weights large enough for every path of a network to show in what it says, and in its gradients. */
final class Lively {

    private Lively() {}

    /** The same weights with noise of a deviation added, always the same for a seed and a name, in whatever order they come. */
    static List<Weight> lively(List<Weight> weights, double deviation, long seed) {
        return weights.stream()
                .map(weight -> {
                    Random random = new Random(31 * seed + weight.name().hashCode());
                    float[] values = weight.values().clone();
                    for (int i = 0; i < values.length; i++) {
                        values[i] += (float) (deviation * random.nextGaussian());
                    }
                    return weight.with(values);
                })
                .toList();
    }
}
