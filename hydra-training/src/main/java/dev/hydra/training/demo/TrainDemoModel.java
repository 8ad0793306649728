package dev.hydra.training.demo;

import dev.hydra.checkpoint.Checkpoint;
import dev.hydra.checkpoint.HeadsCheckpoint;
import dev.hydra.checkpoint.HeadsConfig;
import dev.hydra.checkpoint.ModelConfig;
import dev.hydra.text.Tokenizer;
import dev.hydra.training.BaseRecipe;
import dev.hydra.training.BaseTrainer;
import dev.hydra.training.Budget;
import dev.hydra.training.ChatBatches;
import dev.hydra.training.LearningRate;
import dev.hydra.training.Precision;
import dev.hydra.training.cli.HydraCommand;
import dev.hydra.training.corpus.ChatFormat;
import dev.hydra.training.corpus.DemoCorpus;
import dev.hydra.training.corpus.Split;
import dev.hydra.training.corpus.Style;
import dev.hydra.training.corpus.Turn;
import dev.hydra.training.data.ChatTokens;
import dev.hydra.training.grow.GrownTree;
import dev.hydra.training.tokenizer.BpeTokenizer;
import dev.hydra.training.tokenizer.BpeTrainer;
import dev.hydra.training.tokenizer.SpecialToken;
import dev.hydra.training.tokenizer.TokenizerFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.LongFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Makes the embedded model from nothing, with the command line that everybody has: writes its text, learns the vocabulary, trains the
 * base model, and then has {@code hydra} train heads of every kind, grow their trees, and evaluate them. The text is always the
 * same, and so are the heads for a given base; the base comes out alike, not equal, where its time runs out before its steps.
 */
@Command(
        name = "train-demo-model",
        mixinStandardHelpOptions = true,
        description =
                "Makes the embedded model from nothing: text, vocabulary, base model, draft heads, trees, results.")
public final class TrainDemoModel implements Callable<Integer> {

    static final long SEED = 7;
    static final int VOCABULARY = 2048;
    static final int POSITIONS = 512;
    private static final int VOCABULARY_CHATS = 20_000;
    private static final int HELD_OUT_BATCHES = 6;
    private static final int TRAINING_CHATS = 7_200;
    private static final int HELD_OUT_CHATS = 150;
    private static final int CALIBRATION_CHATS = 100;
    private static final int QUESTIONS = 200;
    // behind the chats that the base's held-out loss is measured on
    private static final int EXAM_START = 1000;

    private static final Logger LOG = LoggerFactory.getLogger(TrainDemoModel.class);

    /** A part of the work; later ones build on what earlier ones left. */
    enum Stage {
        /** Writes the text for the heads: chats to learn from, chats held out, prompts for trees, questions. */
        TEXT,
        /** Trains the base model, on stories that are easy to foresee: looking back for a name is learned late, or never. */
        BASE,
        /** Trains it on, on rich stories, at a rate that rises and falls once more. */
        BASE_AGAIN,
        /** Trains heads of every kind on the same text, in the same order and number of steps. */
        HEADS,
        /** Grows every kind's tree. */
        TREES,
        /** Asks the held-out questions in every mode. */
        EVALUATION,
        /** Trains Hydra++ heads, and some that differ from them in one thing each, in fewer steps. */
        ABLATIONS,
        /** Copies what an application needs. */
        SHIP
    }

    private final DemoCorpus corpus = new DemoCorpus(SEED);
    private final DemoCorpus plainCorpus = new DemoCorpus(SEED, Style.PLAIN);

    @Option(
            names = "--work",
            description = "where everything is made (default: ${DEFAULT-VALUE})",
            defaultValue = "hydra-training/target/demo")
    private Path work = Path.of("");

    @Option(
            names = "--ship",
            description = "where the finished folders go (default: ${DEFAULT-VALUE})",
            defaultValue = "hydra-demo-model/src/main/resources/dev/hydra/demo")
    private Path ship = Path.of("");

    @Option(names = "--stages", split = ",", description = "what to do, of ${COMPLETION-CANDIDATES} (default: all)")
    private Set<Stage> stages = EnumSet.allOf(Stage.class);

    @Option(names = "--base-steps", description = "steps of the base model (default: ${DEFAULT-VALUE})")
    private int baseSteps = 3400;

    @Option(names = "--base-steps-again", description = "further steps of the base model (default: ${DEFAULT-VALUE})")
    private int baseStepsAgain = 2400;

    @Option(
            names = "--base-minutes",
            description = "longest time for each round of the base model (default: ${DEFAULT-VALUE})")
    private int baseMinutes = 240;

    @Option(names = "--heads-steps", description = "steps of each kind of heads (default: ${DEFAULT-VALUE})")
    private int headsSteps = 2400;

    @Option(names = "--ablation-steps", description = "steps of each ablation (default: ${DEFAULT-VALUE})")
    private int ablationSteps = 500;

    /** Runs the command line. */
    public static void main(String[] arguments) {
        System.exit(new CommandLine(new TrainDemoModel())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .execute(arguments));
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Files.createDirectories(work);
        for (Stage stage : stages) {
            LOG.info("stage {}", stage);
            switch (stage) {
                case TEXT -> writeText();
                case BASE -> trainBase();
                case BASE_AGAIN -> trainBaseAgain();
                case HEADS -> {
                    for (Heads heads : Heads.SHIPPED) {
                        train(heads, headsSteps);
                    }
                }
                case TREES -> {
                    for (Heads heads : Heads.SHIPPED) {
                        grow(heads);
                    }
                }
                case EVALUATION -> evaluate();
                case ABLATIONS -> {
                    for (Heads heads : Heads.ABLATIONS) {
                        train(heads, ablationSteps);
                        grow(heads);
                    }
                }
                case SHIP -> copy();
            }
        }
        return 0;
    }

    private Path model() {
        return work.resolve("hydra-demo");
    }

    private void writeText() throws IOException {
        ChatFile.write(
                work.resolve("training.jsonl"), corpus.stream(Split.TRAINING).limit(TRAINING_CHATS));
        ChatFile.write(
                work.resolve("held-out.jsonl"), corpus.stream(Split.HELD_OUT).limit(HELD_OUT_CHATS));
        ChatFile.write(
                work.resolve("calibration.jsonl"),
                corpus.stream(Split.HELD_OUT).skip(HELD_OUT_CHATS).limit(CALIBRATION_CHATS));
        ChatFile.write(
                work.resolve("questions.jsonl"),
                corpus.stream(Split.HELD_OUT).skip(EXAM_START).limit(QUESTIONS));
    }

    private void trainBase() throws IOException {
        BpeTokenizer tokenizer = new BpeTrainer(VOCABULARY)
                .train(corpus.stream(Split.TRAINING)
                        .limit(VOCABULARY_CHATS)
                        .flatMap(chat -> chat.turns().stream())
                        .map(Turn::text));
        Files.createDirectories(model());
        TokenizerFiles.write(model(), tokenizer, ChatFormat.template(), POSITIONS);
        BaseRecipe recipe = baseRecipe(tokenizer.vocabulary(), new LearningRate(1.5e-3, 100, 0.02), baseSteps);
        LOG.info("base model of {} weights, {} tokens", recipe.model().parameters(), tokenizer.vocabulary());
        trainBase(new BaseTrainer(recipe), recipe, plainCorpus);
    }

    private void trainBaseAgain() throws IOException {
        try (Tokenizer tokenizer = Tokenizer.open(model())) {
            BaseRecipe recipe = baseRecipe(tokenizer.vocabulary(), new LearningRate(1e-3, 50, 0.02), baseStepsAgain);
            trainBase(new BaseTrainer(recipe).from(model()), recipe, corpus);
        }
    }

    private void trainBase(BaseTrainer trainer, BaseRecipe recipe, DemoCorpus text) throws IOException {
        try (Tokenizer tokenizer = Tokenizer.open(model())) {
            ChatBatches batches = new ChatBatches(
                    chats(text, Split.TRAINING, tokenizer), recipe.rows(), recipe.length(), recipe.givenWeight());
            ChatBatches heldOut =
                    new ChatBatches(chats(text, Split.HELD_OUT, tokenizer), recipe.rows(), recipe.length(), 0);
            double loss = trainer.train(batches, heldOut.next(HELD_OUT_BATCHES), model());
            LOG.info("base model: held-out loss {}", "%.4f".formatted(loss));
        }
    }

    private static LongFunction<ChatTokens> chats(DemoCorpus text, Split split, Tokenizer tokenizer) {
        return number -> ChatFormat.tokens(
                text.conversation(split, number),
                words -> tokenizer.encode(words).stream()
                        .mapToInt(Integer::intValue)
                        .toArray());
    }

    private BaseRecipe baseRecipe(int vocabulary, LearningRate rate, int steps) {
        ModelConfig config = ModelConfig.llama(vocabulary, 256, 8, 8)
                .intermediate(512)
                .keyValueHeads(4)
                .tiedEmbeddings(true)
                .positions(POSITIONS)
                .beginToken(SpecialToken.BEGIN.id())
                .endTokens(List.of(SpecialToken.END.id()))
                .build();
        Budget budget = new Budget(steps, Duration.ofMinutes(baseMinutes));
        return new BaseRecipe(config, Precision.FLOAT32, rate, budget, 0.05, 2, POSITIONS, 0.1, SEED);
    }

    private void train(Heads heads, int steps) throws IOException {
        List<String> arguments = new ArrayList<>(List.of(
                "train",
                "--model=" + model(),
                "--data=" + work.resolve("training.jsonl"),
                "--validation-data=" + work.resolve("held-out.jsonl"),
                "--output=" + work.resolve(heads.folder()),
                "--recipe=" + heads.recipe(),
                // what suits a small model and some minutes; the same for all kinds, so that they compare
                "--length=" + POSITIONS,
                "--rows=2",
                "--accumulation=1",
                "--epochs=100",
                "--steps=" + steps,
                "--rate=2e-3",
                "--warm-up=50",
                "--final-rate=0.05",
                "--weight-decay=0.05",
                "--second-beta=0.99",
                "--dropout=0",
                "--seed=" + SEED,
                "--evaluate-every=300",
                "--hidden-states=" + work.resolve("states"),
                // trees are grown apart, on other prompts
                "--calibration=0"));
        arguments.addAll(heads.options());
        hydra(arguments);
        CoarseWeights.round(work.resolve(heads.folder()).resolve(HeadsCheckpoint.FILE));
    }

    private void grow(Heads heads) throws IOException {
        hydra(List.of(
                "grow-tree",
                "--model=" + model(),
                "--heads=" + work.resolve(heads.folder()),
                "--prompts=" + work.resolve("calibration.jsonl"),
                "--maximum-nodes=64"));
    }

    private void evaluate() throws IOException {
        List<String> arguments = new ArrayList<>(List.of(
                "evaluate",
                "--model=" + model(),
                "--questions=" + work.resolve("questions.jsonl"),
                "--output=" + work.resolve("evaluation")));
        Heads.SHIPPED.forEach(heads -> arguments.add("--heads=" + work.resolve(heads.folder())));
        hydra(arguments);
    }

    private static void hydra(List<String> arguments) throws IOException {
        LOG.info("hydra {}", String.join(" ", arguments));
        int code = new HydraCommand().run(arguments.toArray(String[]::new));
        if (code != 0) {
            throw new IOException("hydra %s ended with %d".formatted(arguments.get(0), code));
        }
    }

    private void copy() throws IOException {
        List<String> base = List.of(
                ModelConfig.FILE,
                "generation_config.json",
                Checkpoint.FILE,
                "special_tokens_map.json",
                "tokenizer.json",
                "tokenizer_config.json");
        copy("hydra-demo", base);
        for (Heads heads : Heads.SHIPPED) {
            copy(heads.folder(), List.of(HeadsConfig.FILE, HeadsCheckpoint.FILE, GrownTree.FILE));
        }
    }

    private void copy(String folder, List<String> files) throws IOException {
        Path target = Files.createDirectories(ship.resolve(folder));
        for (String file : files) {
            Files.copy(work.resolve(folder).resolve(file), target.resolve(file), StandardCopyOption.REPLACE_EXISTING);
        }
    }
}
