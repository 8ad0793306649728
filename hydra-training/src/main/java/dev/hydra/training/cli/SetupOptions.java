package dev.hydra.training.cli;

import dev.hydra.graph.DataType;
import dev.hydra.text.ChatTemplate;
import dev.hydra.training.console.Console;
import dev.hydra.training.evaluate.Setup;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which model runs where; mixed into the commands that run one. */
final class SetupOptions {

    @Mixin
    private final LocationOptions locations = new LocationOptions();

    @Option(
            names = "--model",
            paramLabel = LocationOptions.LABEL,
            description = "the base model (default: the one that the heads name as theirs)")
    private @Nullable String model;

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

    @Option(
            names = "--chat-template",
            paramLabel = "TEMPLATE",
            description =
                    "auto (the model's own), vicuna, llama-2, chatml, or a .jinja file (default: ${DEFAULT-VALUE})",
            defaultValue = ChatTemplate.AUTO)
    private String chatTemplate = ChatTemplate.AUTO;

    /** The folders of draft heads, which are downloaded where they are on the hub. */
    List<Path> heads(List<String> heads, Console console) throws InterruptedException {
        List<Path> folders = new ArrayList<>();
        for (String location : heads) {
            folders.add(locations.heads(location, console));
        }
        return folders;
    }

    /**
     * What the options say.
     *
     * @param heads folders of the heads, which name the base model where the options do not
     * @throws IllegalArgumentException if nobody names a base model
     */
    Setup setup(List<Path> heads, Console console) throws InterruptedException {
        if (model == null && heads.isEmpty()) {
            throw new IllegalArgumentException(
                    "neither --model nor --heads is given; expected a base model, or heads that name one");
        }
        Path folder = model == null ? locations.base(heads, console) : locations.model(model, console);
        return new Setup(folder, device, dataType, positions, chatTemplate);
    }
}
