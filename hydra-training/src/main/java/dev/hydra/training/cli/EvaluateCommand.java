package dev.hydra.training.cli;

import dev.hydra.sampling.SamplingOptions;
import dev.hydra.training.evaluate.Evaluation;
import dev.hydra.training.evaluate.EvaluationReport;
import dev.hydra.training.evaluate.EvaluationRequest;
import dev.hydra.training.evaluate.Setup;
import dev.hydra.tree.TreeShape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code hydra evaluate}. */
@Command(
        name = "evaluate",
        mixinStandardHelpOptions = true,
        description = {
            "Asks a model questions, plainly and with its draft heads, and says how far and how fast the heads carry.",
            "",
            "Questions are files as MT-Bench and Spec-Bench publish them, JSON lines with \"prompt\", \"messages\" or \"text\","
                    + " or .txt files with a prompt on every line."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  hydra evaluate --model models/vicuna-7b-v1.3 --heads heads/hydra-vicuna-7b-v1.3 \\",
            "      --questions question.jsonl --output evaluation",
            "  hydra evaluate --model base --heads heads-hydra --heads heads-plus --heads heads-medusa \\",
            "      --questions question.jsonl --categories math,coding --limit 20 --rounds 5",
            "  hydra evaluate --heads hf://ankner/hydra-vicuna-7b-v1.3 --questions question.jsonl",
            "  hydra evaluate --model base --heads heads --questions prompts.txt --temperature 0.7 --json"
        })
final class EvaluateCommand implements Callable<Integer> {

    @Mixin
    private final ReportOptions report = new ReportOptions();

    @Mixin
    private final SetupOptions setup = new SetupOptions();

    @Mixin
    private final QuestionOptions asking = new QuestionOptions();

    @Option(
            names = "--heads",
            paramLabel = LocationOptions.LABEL,
            description = "draft heads of any kind; may be given several times (default: none, plain decoding)")
    private List<String> heads = List.of();

    @Option(
            names = "--questions",
            required = true,
            paramLabel = "FILE",
            description = "file of questions; may be given several times")
    private List<Path> questions = List.of();

    @Option(
            names = "--tree",
            paramLabel = "TREE",
            description = "a draft tree's name or JSON file, for all heads (default: the heads' own)")
    private @Nullable String tree;

    @Option(
            names = "--rounds",
            paramLabel = "COUNT",
            description = "measured rounds over all questions (default: ${DEFAULT-VALUE})",
            defaultValue = "3")
    private int rounds = 3;

    @Option(
            names = "--maximum-tokens",
            paramLabel = "TOKENS",
            description = "tokens of an answer at most (default: ${DEFAULT-VALUE})",
            defaultValue = "256")
    private int maximumTokens = 256;

    @Option(
            names = "--temperature",
            description = "0 for the likeliest token every time (default: ${DEFAULT-VALUE})",
            defaultValue = "0")
    private double temperature;

    @Option(names = "--top-p", description = "1 for all tokens (default: ${DEFAULT-VALUE})", defaultValue = "1")
    private double topP = 1;

    @Option(names = "--top-k", description = "0 for all tokens (default: ${DEFAULT-VALUE})", defaultValue = "0")
    private int topK;

    @Option(names = "--seed", description = "for drawing tokens (default: one for each question)")
    private @Nullable Long seed;

    @Option(
            names = "--output",
            paramLabel = "DIR",
            description = "also write evaluation.md, evaluation.json and evaluation.png into this folder")
    private @Nullable Path output;

    @Override
    public Integer call() throws IOException, InterruptedException {
        List<Path> folders = setup.heads(heads, report.console());
        Setup model = setup.setup(folders, report.console());
        EvaluationRequest request = EvaluationRequest.builder(model, asking.read(questions))
                .heads(folders)
                .tree(shape())
                .style(asking.style(model))
                .rounds(rounds)
                .maximumTokens(maximumTokens)
                .sampling(sampling())
                .build();
        EvaluationReport evaluation = Evaluation.evaluate(request, report.console());
        report.print(evaluation.content(), () -> evaluation.markdown().stripTrailing());
        if (output != null) {
            for (Path file : evaluation.write(output)) {
                report.console().say("wrote " + file);
            }
        }
        return ExitCode.DONE;
    }

    private @Nullable TreeShape shape() throws IOException {
        if (tree == null) {
            return null;
        }
        return tree.endsWith(".json") ? TreeShape.parse(Files.readString(Path.of(tree))) : TreeShape.named(tree);
    }

    private SamplingOptions sampling() {
        SamplingOptions.Builder sampling =
                SamplingOptions.builder().temperature(temperature).topP(topP).topK(topK);
        if (seed != null) {
            sampling.seed(seed);
        }
        return sampling.build();
    }
}
