package dev.hydra.training.cli;

import dev.hydra.graph.DataType;
import dev.hydra.training.evaluate.Setup;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which model runs where; mixed into the commands that run one. */
final class SetupOptions {

    @Option(names = "--model", required = true, paramLabel = "DIR", description = "folder of the base model")
    private Path model = Path.of("");

    @Option(
            names = "--device",
            paramLabel = "NAME",
            description = "auto (a GPU where there is one), cpu, gpu or gpu1 (default: ${DEFAULT-VALUE})",
            defaultValue = "auto")
    private String device = "auto";

    @Option(
            names = "--data-type",
            paramLabel = "TYPE",
            description =
                    "of weights and activations: ${COMPLETION-CANDIDATES} (default: FLOAT32 on a CPU, BFLOAT16 on a"
                            + " GPU)")
    private @Nullable DataType dataType;

    @Option(
            names = "--positions",
            paramLabel = "TOKENS",
            description = "prompt and answer together at most (default: what the model knows, 4096 at most)")
    private int positions;

    /** What the options say. */
    Setup setup() {
        return new Setup(model, device, dataType, positions);
    }
}
