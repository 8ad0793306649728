package dev.hydra.training;

import dev.hydra.checkpoint.ModelConfig;

/**
 * How a base model is trained.
 *
 * @param model its sizes
 * @param precision the data type of products
 * @param rate the learning rate
 * @param budget when training ends
 * @param weightDecay AdamW's decay of matrices
 * @param rows rows of a batch
 * @param length tokens of a row
 * @param givenWeight weight in the loss of tokens that the model is given, such as questions; answers weigh 1
 * @param seed decides the untrained weights
 */
public record BaseRecipe(
        ModelConfig model,
        Precision precision,
        LearningRate rate,
        Budget budget,
        double weightDecay,
        int rows,
        int length,
        double givenWeight,
        long seed) {

    public BaseRecipe {
        if (rows < 1 || length < 2 || length > model.positions()) {
            throw new IllegalArgumentException("%d rows of %d tokens; expected at least 1 row of 2..%d tokens"
                    .formatted(rows, length, model.positions()));
        }
    }
}
