package dev.hydra.training.cli;

import dev.hydra.hub.HubLocation;
import dev.hydra.training.HeadRanks;
import dev.hydra.training.evaluate.Setup;
import dev.hydra.training.grow.GrownTree;
import dev.hydra.training.grow.GrowthRequest;
import dev.hydra.training.grow.Prompts;
import dev.hydra.training.grow.TreeGrowth;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code hydra grow-tree}. */
@Command(
        name = "grow-tree",
        mixinStandardHelpOptions = true,
        description = {
            "Finds the draft tree that suits a set of heads and this device, and writes it to the heads' folder.",
            "",
            "The base model continues the prompts, the heads rank what it said, and steps with trees of several sizes are"
                    + " timed. The tree with the most tokens per second is taken. Prompts are files as for 'hydra evaluate'."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  hydra grow-tree --model models/vicuna-7b-v1.3 --heads heads/hydra-vicuna-7b-v1.3 --prompts chats.jsonl",
            "  hydra grow-tree --model base --heads heads --prompts prompts.txt --nodes 16 --output trees",
            "  hydra grow-tree --model base --heads heads --prompts prompts.txt --rows 8 --limit 200 --json"
        })
final class GrowTreeCommand implements Callable<Integer> {

    @Mixin
    private final ReportOptions report = new ReportOptions();

    @Mixin
    private final SetupOptions setup = new SetupOptions();

    @Mixin
    private final QuestionOptions asking = new QuestionOptions();

    @Option(
            names = "--heads",
            required = true,
            paramLabel = LocationOptions.LABEL,
            description = "the draft heads; those on the hub need --output")
    private String heads = "";

    @Option(
            names = "--prompts",
            required = true,
            paramLabel = "FILE",
            description = "file of calibration prompts; may be given several times")
    private List<Path> prompts = List.of();

    @Option(
            names = "--nodes",
            paramLabel = "COUNT",
            description = "nodes of the tree, the root included (default: as many as give the most tokens per second)")
    private @Nullable Integer nodes;

    @Option(
            names = "--maximum-nodes",
            paramLabel = "COUNT",
            description = "nodes of the largest tree that is considered (default: ${DEFAULT-VALUE})",
            defaultValue = "100")
    private int maximumNodes = 100;

    @Option(
            names = "--maximum-tokens",
            paramLabel = "TOKENS",
            description = "tokens of a continuation at most (default: ${DEFAULT-VALUE})",
            defaultValue = "128")
    private int maximumTokens = 128;

    @Option(
            names = "--rows",
            paramLabel = "COUNT",
            description =
                    "requests that are decoded together while steps are timed: more for a busy server, which smaller"
                            + " trees suit (default: ${DEFAULT-VALUE})",
            defaultValue = "1")
    private int rows = 1;

    @Option(
            names = "--rounds",
            paramLabel = "COUNT",
            description = "rounds of timing (default: ${DEFAULT-VALUE})",
            defaultValue = "3")
    private int rounds = 3;

    @Option(
            names = "--output",
            paramLabel = "DIR",
            description = "folder for tree.json and tree.png (default: the heads' folder)")
    private @Nullable Path output;

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (output == null && HubLocation.isHub(heads)) {
            throw new IllegalArgumentException(
                    "%s: the tree of heads on the hub has no place there; expected a folder for it: give --output"
                            .formatted(heads));
        }
        Path folder = setup.heads(List.of(heads), report.console()).get(0);
        Setup model = setup.setup(List.of(folder), report.console());
        GrowthRequest.Builder request = GrowthRequest.builder(
                        model, folder, Prompts.asked(asking.read(prompts), asking.style(model)))
                .maximumNodes(maximumNodes)
                .maximumTokens(maximumTokens)
                .rows(rows)
                .rounds(rounds);
        if (nodes != null) {
            request.nodes(nodes);
        }
        GrownTree grown = TreeGrowth.grow(request.build(), HeadRanks::open, report.console());
        for (Path file : grown.write(output == null ? folder : output)) {
            report.console().say("wrote " + file);
        }
        report.print(grown.content(), () -> grown.markdown().stripTrailing());
        return ExitCode.DONE;
    }
}
