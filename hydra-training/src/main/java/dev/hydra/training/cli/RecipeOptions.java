package dev.hydra.training.cli;

import dev.hydra.checkpoint.HeadsConfig;
import dev.hydra.checkpoint.HeadsKind;
import dev.hydra.training.HeadsRecipe;
import dev.hydra.training.HeadsRecipe.Schedule;
import dev.hydra.training.LearningRate;
import dev.hydra.training.Objective;
import dev.hydra.training.Optimizer;
import dev.hydra.training.Precision;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How heads are trained: a recipe, and what differs from it; mixed into the command that trains. */
final class RecipeOptions {

    @Option(
            names = {"--recipe", "--kind"},
            paramLabel = "KIND",
            description = {
                "which heads to train, after the paper's recipe for them: medusa, hydra or hydra++ (default: ${DEFAULT-VALUE});"
                        + " the options that follow change it"
            },
            defaultValue = "hydra++")
    private HeadsKind kind = HeadsKind.HYDRA_PLUS_PLUS;

    @Option(
            names = "--heads",
            paramLabel = "COUNT",
            description = "heads, each for one token further ahead (recipe: 4)")
    private @Nullable Integer heads;

    @Option(names = "--layers", paramLabel = "COUNT", description = "blocks of a head (recipe: 4 for hydra++, else 1)")
    private @Nullable Integer layers;

    @Option(names = "--epochs", description = "times that the data are seen (recipe: 10 for hydra++, else 1)")
    private @Nullable Double epochs;

    @Option(names = "--steps", paramLabel = "COUNT", description = "steps at most (default: as the epochs say)")
    private @Nullable Integer steps;

    @Option(names = "--rows", paramLabel = "COUNT", description = "rows that go through the model at once (recipe: 4)")
    private @Nullable Integer rows;

    @Option(
            names = "--accumulation",
            paramLabel = "COUNT",
            description = "times so many rows make a step (recipe: 32 for medusa, else 8)")
    private @Nullable Integer accumulation;

    @Option(names = "--rate", description = "highest learning rate (recipe: 1e-3 for medusa, else 5e-4)")
    private @Nullable Double rate;

    @Option(names = "--warm-up", paramLabel = "STEPS", description = "until the highest rate (recipe: 100)")
    private @Nullable Integer warmUp;

    @Option(
            names = "--final-rate",
            paramLabel = "PART",
            description =
                    "what is left of the rate in the end, falling along a cosine (recipe: 0 for medusa, else 0.33)")
    private @Nullable Double finalRate;

    @Option(names = "--weight-decay", description = "of matrices (recipe: 0 for medusa, else 0.1)")
    private @Nullable Double weightDecay;

    @Option(names = "--second-beta", description = "AdamW's beta of the squares (recipe: 0.999)")
    private @Nullable Double secondBeta;

    @Option(names = "--maximum-norm", description = "length that a step's gradient is cut to; 0 for no cut (recipe: 1)")
    private @Nullable Double maximumNorm;

    @Option(names = "--label-weight", description = "of the loss against the text (recipe: 0 for hydra++, else 1)")
    private @Nullable Double labelWeight;

    @Option(
            names = "--teacher-weight",
            description = "of the loss against the base model's distribution (recipe: 1 for hydra++, else 0)")
    private @Nullable Double teacherWeight;

    @Option(
            names = "--dropout",
            paramLabel = "PART",
            description = "part of the numbers that are dropped before each block (recipe: 0.2 for hydra++, else 0)")
    private @Nullable Double dropout;

    @Option(names = "--noise", description = "strength of noise on what heads see, NEFTune's alpha (recipe: 0)")
    private @Nullable Double noise;

    @Option(
            names = "--precision",
            description =
                    "of products: ${COMPLETION-CANDIDATES}; weights in training are float32 always (default: BFLOAT16 on a GPU,"
                            + " FLOAT32 on a CPU)")
    private @Nullable Precision precision;

    @Option(
            names = "--evaluate-every",
            paramLabel = "STEPS",
            description = "steps between two evaluations, each of which leaves a state to go on from (default: 250)")
    private @Nullable Integer evaluationSteps;

    @Option(
            names = "--seed",
            description =
                    "decides untrained weights, the order of the data, what is dropped (default: ${DEFAULT-VALUE})",
            defaultValue = "42")
    private long seed = 42;

    /** Decides everything that is decided by chance. */
    long seed() {
        return seed;
    }

    /**
     * The recipe.
     *
     * @param baseModel name of the base model
     * @param device where training runs
     */
    HeadsRecipe recipe(String baseModel, String device) {
        HeadsRecipe paper = HeadsRecipe.paper(kind, baseModel);
        HeadsConfig config = paper.heads();
        Objective objective = paper.objective();
        Optimizer optimizer = paper.optimizer();
        LearningRate falling = paper.rate();
        Schedule schedule = paper.schedule();
        Precision fitting = device.startsWith("gpu") ? Precision.BFLOAT16 : Precision.FLOAT32;
        return new HeadsRecipe(
                new HeadsConfig(kind, or(heads, config.heads()), or(layers, config.layers()), baseModel),
                new Objective(
                        or(labelWeight, objective.labelWeight()),
                        or(teacherWeight, objective.teacherWeight()),
                        or(dropout, objective.dropout()),
                        or(noise, objective.noise())),
                new Optimizer(
                        or(weightDecay, optimizer.weightDecay()),
                        or(secondBeta, optimizer.squaresDecay()),
                        or(maximumNorm, optimizer.maximumNorm())),
                new LearningRate(
                        or(rate, falling.peak()), or(warmUp, falling.warmUp()), or(finalRate, falling.floor())),
                new Schedule(
                        or(rows, schedule.rows()),
                        or(accumulation, schedule.accumulation()),
                        or(epochs, schedule.epochs()),
                        or(steps, schedule.mostSteps()),
                        or(evaluationSteps, schedule.evaluationSteps())),
                or(precision, fitting),
                seed);
    }

    private static <T> T or(@Nullable T asked, T standard) {
        return Objects.requireNonNullElse(asked, standard);
    }
}
