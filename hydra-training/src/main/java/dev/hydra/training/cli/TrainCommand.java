package dev.hydra.training.cli;

import dev.hydra.HydraOptions;
import dev.hydra.Pairing;
import dev.hydra.checkpoint.ModelConfig;
import dev.hydra.graph.ModelGraph;
import dev.hydra.sampling.SamplingOptions;
import dev.hydra.text.ChatTemplate;
import dev.hydra.training.HeadRanks;
import dev.hydra.training.HeadsRecipe;
import dev.hydra.training.HeadsTrainer;
import dev.hydra.training.TrainingTexts;
import dev.hydra.training.console.Console;
import dev.hydra.training.data.Answers;
import dev.hydra.training.data.DataFormat;
import dev.hydra.training.data.DataRequest;
import dev.hydra.training.data.TokenRow;
import dev.hydra.training.data.TrainingData;
import dev.hydra.training.evaluate.Setup;
import dev.hydra.training.grow.GrownTree;
import dev.hydra.training.grow.GrowthRequest;
import dev.hydra.training.grow.Prompts;
import dev.hydra.training.grow.TreeGrowth;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code hydra train}. */
@Command(
        name = "train",
        versionProvider = BuildVersion.class,
        mixinStandardHelpOptions = true,
        description = {
            "Trains draft heads for a base model, grows their draft tree, and leaves a folder that an engine can open.",
            "",
            "Data are ShareGPT files (\"conversations\"), \"messages\" in OpenAI's form, both as a JSON array or as JSON lines, or"
                    + " plain text. Chats are written with the model's own template; answers alone are learned. An interrupted"
                    + " training goes on where it stopped when the same command is given again.",
        },
        sortOptions = false,
        footerHeading = "%nExamples:%n",
        footer = {
            "  hydra train --model models/llama --data chats.json --output heads",
            "  hydra train --model models/llama --data chats.jsonl --answers regenerate --recipe hydra++ --output heads",
            "  hydra train --model models/llama --data chats.jsonl --kind medusa --epochs 1 --rows 2 --length 1024 \\",
            "      --hidden-states /scratch/states --output medusa-heads"
        })
final class TrainCommand implements Callable<Integer> {

    private static final int ANSWER_ROWS = 8;

    @Mixin
    private final ReportOptions report = new ReportOptions();

    @Mixin
    private final LocationOptions locations = new LocationOptions();

    @Option(names = "--model", required = true, paramLabel = LocationOptions.LABEL, description = "the base model")
    private String location = "";

    private Path model = Path.of("");

    @Option(
            names = "--data",
            required = true,
            paramLabel = "FILE",
            description = "what to learn from; may be given several times")
    private List<Path> data = List.of();

    @Option(
            names = "--output",
            required = true,
            paramLabel = "DIR",
            description = "folder for the heads; what the training needs meanwhile lies in its folder training")
    private Path output = Path.of("");

    @Option(names = "--restart", description = "forget an interrupted training in the output folder, and begin anew")
    private boolean restart;

    @Mixin
    private final RecipeOptions recipe = new RecipeOptions();

    @Option(names = "--format", description = "of the data: ${COMPLETION-CANDIDATES} (default: as each file looks)")
    private DataFormat format = DataFormat.AUTO;

    @Option(
            names = "--chat-template",
            paramLabel = "TEMPLATE",
            description =
                    "how chats are written: auto (the model's own), vicuna, llama-2, chatml, or a .jinja file (default: ${DEFAULT-VALUE})",
            defaultValue = ChatTemplate.AUTO)
    private String chatTemplate = ChatTemplate.AUTO;

    @Option(
            names = "--length",
            paramLabel = "TOKENS",
            description = "of a row; longer chats are cut off (default: ${DEFAULT-VALUE}, or what the model knows)",
            defaultValue = "2048")
    private int length = 2048;

    @Option(
            names = "--no-packing",
            negatable = false,
            description = "one chat a row; else a row has as many as fit, which do not see one another")
    private boolean unpacked;

    @Option(
            names = "--validation",
            paramLabel = "PART",
            description = "part of the data that is not learned from but measured on (default: ${DEFAULT-VALUE})",
            defaultValue = "0.05")
    private double validation = 0.05;

    @Option(
            names = "--validation-data",
            paramLabel = "FILE",
            description = "measure on these files instead; may be given several times")
    private List<Path> validationData = List.of();

    @Option(
            names = "--maximum-bad",
            paramLabel = "COUNT",
            description =
                    "bad records that are reported and skipped; one more ends the training (default: ${DEFAULT-VALUE})",
            defaultValue = "100")
    private int maximumBad = 100;

    /** Whose answers are learned. */
    enum AnswerSource {
        ORIGINAL,
        REGENERATE
    }

    @Option(
            names = "--answers",
            description =
                    "original: those of the data; regenerate: the base model's own, which are kept in the output folder and"
                            + " suit its heads better (default: ${DEFAULT-VALUE})",
            defaultValue = "original")
    private AnswerSource answers = AnswerSource.ORIGINAL;

    @Option(
            names = "--answer-tokens",
            paramLabel = "TOKENS",
            description = "of a regenerated answer at most (default: ${DEFAULT-VALUE})",
            defaultValue = "512")
    private int answerTokens = 512;

    @Option(
            names = "--answer-temperature",
            description = "of regenerated answers (default: ${DEFAULT-VALUE}, the likeliest token every time)",
            defaultValue = "0")
    private double answerTemperature;

    @Option(
            names = "--hidden-states",
            paramLabel = "DIR",
            description = {
                "keep the base's hidden rows here, so that it runs over the data once and not once per epoch; takes width times 4"
                        + " bytes (2 in bfloat16) a token (default: none)"
            })
    private @Nullable Path hiddenStates;

    @Option(
            names = "--device",
            paramLabel = "NAME",
            description = "auto (a GPU where there is one), cpu, gpu or gpu1 (default: ${DEFAULT-VALUE})",
            defaultValue = "auto")
    private String device = "auto";

    @Option(
            names = "--tree-nodes",
            paramLabel = "COUNT",
            description =
                    "nodes of the draft tree (default: as many as give the most tokens per second on this device)")
    private int treeNodes;

    @Option(
            names = "--calibration",
            paramLabel = "COUNT",
            description = "validation prompts that the tree is grown on; 0 for no tree (default: ${DEFAULT-VALUE})",
            defaultValue = "64")
    private int calibration = 64;

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (treeNodes != 0) {
            // before hours of training, not behind them
            GrowthRequest.requireNodes(treeNodes);
        }
        Console console = report.console();
        String device = ModelGraph.device(this.device);
        model = locations.model(location, console);
        HeadsRecipe chosen = recipe.recipe(Pairing.name(model), device);
        int rowLength = Math.min(length, ModelConfig.read(model).positions());
        TrainingData read =
                TrainingData.read(request(data, validationData.isEmpty() ? validation : 0, rowLength), model, console);
        TrainingTexts texts = texts(read, rowLength, console);
        console.say("%,d chats, %,d tokens of which %,d are learned, in %,d rows of %,d"
                .formatted(
                        read.statistics().records(),
                        read.statistics().tokens(),
                        read.statistics().learned(),
                        read.statistics().rows(),
                        rowLength));
        HeadsTrainer.Places places = new HeadsTrainer.Places(
                model, output, hiddenStates == null ? List.of() : List.of(hiddenStates), device);
        HeadsTrainer trainer = new HeadsTrainer(chosen, places, console).stoppingWhen(report.interruption()::requested);
        if (restart) {
            trainer.restart();
        }
        HeadsTrainer.Result result = trainer.train(texts);
        List<GrownTree> trees = calibration > 0 ? grow(texts.validation(), console) : List.of();
        ModelCard card = new ModelCard(chosen, read.statistics(), result, trees);
        card.write(output, data, answers == AnswerSource.REGENERATE);
        report.print(card.content(), () -> card.summary(output));
        return ExitCode.DONE;
    }

    private TrainingTexts texts(TrainingData read, int rowLength, Console console)
            throws IOException, InterruptedException {
        if (validationData.isEmpty()) {
            return new TrainingTexts(read.training(), read.validation(), read.fingerprint());
        }
        TrainingData measured = TrainingData.read(request(validationData, 0, rowLength), model, console);
        // the heads that are kept depend on both
        return new TrainingTexts(read.training(), measured.training(), read.fingerprint() + measured.fingerprint());
    }

    private DataRequest request(List<Path> files, double validation, int rowLength) {
        return DataRequest.builder(files)
                .format(format)
                .length(rowLength)
                .packed(!unpacked)
                .validation(validation)
                .seed(recipe.seed())
                .maximumBad(maximumBad)
                .answers(answers())
                .chatTemplate(chatTemplate)
                .build();
    }

    private Answers answers() {
        if (answers == AnswerSource.ORIGINAL) {
            return Answers.given();
        }
        HydraOptions engine = HydraOptions.builder(model)
                .device(device)
                .chatTemplate(chatTemplate)
                .rows(ANSWER_ROWS)
                .queue(2 * ANSWER_ROWS)
                .build();
        SamplingOptions sampling = SamplingOptions.builder()
                .temperature(answerTemperature)
                .seed(recipe.seed())
                .build();
        return new Answers.Regenerated(
                output.resolve("training").resolve("answers.jsonl"), engine, sampling, answerTokens);
    }

    /** The heads' tree; none where they are not good enough for one, since the training is not lost then. */
    private List<GrownTree> grow(List<TokenRow> measured, Console console) throws IOException, InterruptedException {
        List<List<Integer>> prompts = new ArrayList<>();
        measured.forEach(row -> row.chats().forEach(chat -> prompts.add(chat.prompt())));
        prompts.removeIf(List::isEmpty);
        GrowthRequest.Builder request = GrowthRequest.builder(
                Setup.of(model).on(device),
                output,
                Prompts.of(prompts.stream().limit(calibration).toList()));
        if (treeNodes > 0) {
            request.maximumNodes(treeNodes).nodes(treeNodes);
        }
        try {
            GrownTree tree = TreeGrowth.grow(request.build(), HeadRanks::open, console);
            tree.write(output);
            return List.of(tree);
        } catch (IllegalArgumentException e) {
            console.say("no tree: " + e.getMessage());
            return List.of();
        }
    }
}
