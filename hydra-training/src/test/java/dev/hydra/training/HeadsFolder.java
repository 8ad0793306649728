package dev.hydra.training;

import dev.hydra.checkpoint.HeadsCheckpoint;
import dev.hydra.checkpoint.HeadsConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Writes folders of draft heads that nobody has trained. */
final class HeadsFolder {

    private HeadsFolder() {}

    /** Writes configuration and weights; the folder is made where it is missing. */
    static void write(Path folder, HeadsConfig config, List<Weight> weights) throws IOException {
        Files.createDirectories(folder);
        config.write(folder);
        ModelFolders.writeWeights(folder.resolve(HeadsCheckpoint.FILE), weights);
    }
}
