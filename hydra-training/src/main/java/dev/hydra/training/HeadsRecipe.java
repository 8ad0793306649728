package dev.hydra.training;

import dev.hydra.checkpoint.HeadsConfig;
import dev.hydra.checkpoint.HeadsKind;

/**
 * How a set of draft heads is trained for a base model that stays as it is.
 *
 * @param heads their kind, number and depth
 * @param objective what is minimised
 * @param optimizer how weights follow their gradients
 * @param rate the learning rate
 * @param schedule how much is learned from, and in what portions
 * @param precision the data type of products
 * @param seed decides the untrained weights, the order of the text, what is dropped, and the noise
 */
public record HeadsRecipe(
        HeadsConfig heads,
        Objective objective,
        Optimizer optimizer,
        LearningRate rate,
        Schedule schedule,
        Precision precision,
        long seed) {

    /**
     * How much is learned from, and in what portions.
     *
     * @param rows of a batch: as many as go through the model at once
     * @param accumulation batches of a step
     * @param epochs how often the text is seen
     * @param mostSteps where training ends if the epochs do not end it; 0 for no such limit
     * @param evaluationSteps steps between two evaluations, each of which leaves a state to resume from
     */
    public record Schedule(int rows, int accumulation, double epochs, int mostSteps, int evaluationSteps) {

        private static final double ROUNDING = 1e-9;

        /** Checks the numbers. */
        public Schedule {
            if (rows < 1 || accumulation < 1 || !(epochs > 0) || mostSteps < 0 || evaluationSteps < 1) {
                throw new IllegalArgumentException(
                        "%d rows, %d batches a step, %s epochs, at most %d steps, %d steps between evaluations; expected 1 or more of each, and 0 or more at most"
                                .formatted(rows, accumulation, epochs, mostSteps, evaluationSteps));
            }
        }

        /** Steps of a training on so many rows of text. */
        int steps(int textRows) {
            // 1.1 epochs of 10 rows are 11 rows, not 11.000000000000002
            double steps = Math.ceil(epochs * textRows / ((double) rows * accumulation) - ROUNDING);
            return (int) Math.max(1, mostSteps > 0 ? Math.min(mostSteps, steps) : steps);
        }
    }

    /**
     * The paper's recipe for a kind of heads, on one device: Hydra++ as its published heads were trained (four heads of four
     * layers, ten epochs against the base model, rate 5e-4 falling to a third, decay 0.1, dropout 0.2, 32 rows a step); Hydra
     * with one layer and one epoch against the text; Medusa as Medusa-1 (rate 1e-3, no decay, 128 rows a step), with four heads
     * so that the kinds compare. What the paper leaves open for Hydra is taken from Hydra++.
     *
     * @param baseModel the name of the base model
     */
    public static HeadsRecipe paper(HeadsKind kind, String baseModel) {
        HeadsConfig heads = new HeadsConfig(kind, 4, kind == HeadsKind.HYDRA_PLUS_PLUS ? 4 : 1, baseModel);
        return switch (kind) {
            case MEDUSA ->
                new HeadsRecipe(
                        heads,
                        Objective.ofText(),
                        Optimizer.ofDecay(0),
                        new LearningRate(1e-3, 100, 0),
                        new Schedule(4, 32, 1, 0, 250),
                        Precision.FLOAT32,
                        42);
            case HYDRA ->
                new HeadsRecipe(
                        heads,
                        Objective.ofText(),
                        Optimizer.ofDecay(0.1),
                        new LearningRate(5e-4, 100, 0.33),
                        new Schedule(4, 8, 1, 0, 250),
                        Precision.FLOAT32,
                        42);
            case HYDRA_PLUS_PLUS ->
                new HeadsRecipe(
                        heads,
                        new Objective(0, 1, 0.2, 0),
                        Optimizer.ofDecay(0.1),
                        new LearningRate(5e-4, 100, 0.33),
                        new Schedule(4, 8, 10, 0, 250),
                        Precision.FLOAT32,
                        42);
        };
    }

    /** The same recipe for another objective. */
    public HeadsRecipe withObjective(Objective objective) {
        return new HeadsRecipe(heads, objective, optimizer, rate, schedule, precision, seed);
    }

    /** The same recipe with another learning rate. */
    public HeadsRecipe withRate(LearningRate rate) {
        return new HeadsRecipe(heads, objective, optimizer, rate, schedule, precision, seed);
    }

    /** The same recipe with another schedule. */
    public HeadsRecipe withSchedule(Schedule schedule) {
        return new HeadsRecipe(heads, objective, optimizer, rate, schedule, precision, seed);
    }

    /** The same recipe with another seed. */
    public HeadsRecipe withSeed(long seed) {
        return new HeadsRecipe(heads, objective, optimizer, rate, schedule, precision, seed);
    }
}
