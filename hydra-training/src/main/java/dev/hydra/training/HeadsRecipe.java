package dev.hydra.training;

import dev.hydra.checkpoint.HeadsConfig;

/**
 * How a set of draft heads is trained for a base model that stays as it is.
 *
 * @param heads their kind, number and depth
 * @param precision the data type of products
 * @param rate the learning rate
 * @param budget when training ends
 * @param weightDecay AdamW's decay of matrices
 * @param labelWeight weight of the cross-entropy against the text
 * @param teacherWeight weight of the cross-entropy against the base model's own distribution
 * @param dropout the part of the numbers that a step drops before each block and before the scores, 0 to 1
 * @param rows rows of a batch
 * @param length tokens of a row
 * @param seed decides the untrained weights
 */
public record HeadsRecipe(
        HeadsConfig heads,
        Precision precision,
        LearningRate rate,
        Budget budget,
        double weightDecay,
        double labelWeight,
        double teacherWeight,
        double dropout,
        int rows,
        int length,
        long seed) {

    public HeadsRecipe {
        if (rows < 1 || length < heads.heads() + 2) {
            throw new IllegalArgumentException(
                    "%d rows of %d tokens; expected at least 1 row of %d tokens: the last of %d heads looks that far ahead"
                            .formatted(rows, length, heads.heads() + 2, heads.heads()));
        }
        if (labelWeight < 0 || teacherWeight < 0 || labelWeight + teacherWeight <= 0) {
            throw new IllegalArgumentException("the losses weigh %s and %s; expected one above 0 and none below"
                    .formatted(labelWeight, teacherWeight));
        }
        if (!(dropout >= 0 && dropout < 1)) {
            throw new IllegalArgumentException("dropout is %s; expected at least 0 and less than 1".formatted(dropout));
        }
    }
}
