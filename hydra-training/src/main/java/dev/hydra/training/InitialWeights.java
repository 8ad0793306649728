package dev.hydra.training;

import dev.hydra.checkpoint.HeadsConfig;
import dev.hydra.checkpoint.ModelConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** What untrained models are made of. The same seed gives the same weights on every machine. */
final class InitialWeights {

    private static final double DEVIATION = 0.02;

    private InitialWeights() {}

    /**
     * A base model: matrices are normal with a deviation of 0.02, those that add to the residual stream divided by the square
     * root of their number; norms are one, and biases zero.
     *
     * @return the tensors of {@link ModelConfig#tensorShapes()}, in its order
     */
    static List<Weight> base(ModelConfig config, long seed) {
        Random random = new Random(seed);
        double added = DEVIATION / Math.sqrt(2.0 * config.layers());
        List<Weight> weights = new ArrayList<>();
        config.tensorShapes().forEach((name, shape) -> {
            if (name.endsWith("norm.weight")) {
                weights.add(
                        Weight.filled(name, shape, (float) (1 - config.family().normOffset())));
            } else if (name.endsWith(".bias")) {
                weights.add(Weight.filled(name, shape, 0));
            } else {
                boolean adds = name.endsWith("o_proj.weight") || name.endsWith("down_proj.weight");
                weights.add(normal(random, name, shape, adds ? added : DEVIATION));
            }
        });
        return weights;
    }

    /**
     * Draft heads as the paper's authors start them: activated products at zero, scores as the base model's, everything else
     * uniform within 1 / sqrt(inputs). The prefix layer's matrices are normal with a deviation of 0.02, its norms one.
     *
     * @param base       the base model's sizes
     * @param vocabulary the base model's (V, D) score matrix
     * @return the tensors of {@link HeadsConfig#tensorShapes}, in its order
     */
    static List<Weight> heads(HeadsConfig config, ModelConfig base, Weight vocabulary, long seed) {
        Random random = new Random(seed);
        List<Weight> weights = new ArrayList<>();
        // a bias comes right after its weight, whose inputs decide on the bias' range as well
        long inputs = base.width();
        for (var tensor : config.tensorShapes(base).entrySet()) {
            String name = tensor.getKey();
            List<Long> shape = tensor.getValue();
            inputs = shape.size() == 2 ? shape.get(1) : inputs;
            if (name.endsWith("norm.weight")) {
                weights.add(Weight.filled(name, shape, 1));
            } else if (name.endsWith("_proj.weight")) {
                weights.add(normal(random, name, shape, DEVIATION));
            } else if (name.endsWith(".linear.weight")) {
                weights.add(Weight.filled(name, shape, 0));
            } else if (name.startsWith("hydra_lm_head.") && name.endsWith(".weight")) {
                weights.add(new Weight(name, shape, vocabulary.values().clone()));
            } else {
                weights.add(uniform(random, name, shape, 1 / Math.sqrt((double) inputs)));
            }
        }
        return weights;
    }

    private static Weight normal(Random random, String name, List<Long> shape, double deviation) {
        float[] values = new float[Weight.size(shape)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (deviation * random.nextGaussian());
        }
        return new Weight(name, shape, values);
    }

    private static Weight uniform(Random random, String name, List<Long> shape, double bound) {
        float[] values = new float[Weight.size(shape)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (bound * (2 * random.nextDouble() - 1));
        }
        return new Weight(name, shape, values);
    }
}
