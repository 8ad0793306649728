package dev.hydra.training;

import dev.hydra.checkpoint.HeadsKind;
import dev.hydra.training.HeadsRecipe.Schedule;
import dev.hydra.training.HeadsTrainer.Places;
import dev.hydra.training.console.Console;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A training in a process of its own, which {@link KilledTrainingTest} kills. */
final class KilledTraining {

    private KilledTraining() {}

    /**
     * Trains, or goes on.
     *
     * @param arguments folders of the base and of the heads; the hidden rows lie beside the latter
     */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        HeadsRecipe recipe =
                HeadsTrainerTest.recipe(HeadsKind.HYDRA_PLUS_PLUS).withSchedule(new Schedule(4, 2, 12, 0, 2));
        Path output = Path.of(arguments[1]);
        Path hidden = output.resolveSibling(output.getFileName() + "-hidden");
        Places places = new Places(Path.of(arguments[0]), output, List.of(hidden), "cpu");
        new HeadsTrainer(recipe, places, Console.silent()).train(HeadsTrainerTest.texts());
    }
}
