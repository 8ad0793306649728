package dev.hydra.training;

import dev.hydra.checkpoint.HeadsKind;
import dev.hydra.checkpoint.ModelConfig;
import dev.hydra.text.Tokenizer;
import dev.hydra.training.console.Console;
import dev.hydra.training.corpus.ChatFormat;
import dev.hydra.training.corpus.Conversation;
import dev.hydra.training.corpus.DemoCorpus;
import dev.hydra.training.corpus.Split;
import dev.hydra.training.corpus.Turn;
import dev.hydra.training.data.ChatTokens;
import dev.hydra.training.data.TokenRow;
import dev.hydra.training.tokenizer.BpeTokenizer;
import dev.hydra.training.tokenizer.BpeTrainer;
import dev.hydra.training.tokenizer.SpecialToken;
import dev.hydra.training.tokenizer.TokenizerFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.function.LongFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/**
 * Makes the demo model from nothing: writes its text, learns the vocabulary, trains the base model and the heads. The text
 * is always the same; the weights come out alike, not equal, where threads share the work or the time runs out first.
 */
@Command(
        name = "train-demo-model",
        mixinStandardHelpOptions = true,
        description = "Makes the demo model from nothing: vocabulary, base model, draft heads.")
public final class TrainDemoModel implements Callable<Integer> {

    static final long SEED = 7;
    static final int VOCABULARY = 2048;
    static final int POSITIONS = 512;
    private static final int VOCABULARY_CHATS = 20_000;
    private static final int HELD_OUT_BATCHES = 6;
    // behind the chats that the held-out losses are measured on
    private static final int EXAM_START = 1000;
    private static final int TRAINING_ROWS = 4000;
    private static final int HELD_OUT_ROWS = 24;

    private static final Logger LOG = LoggerFactory.getLogger(TrainDemoModel.class);

    /** A part of the work; later ones build on what earlier ones left in the folder. */
    enum Stage {
        BASE,
        HEADS,
        EXAM
    }

    private final DemoCorpus corpus = new DemoCorpus(SEED);

    @Option(
            names = "--folder",
            description = "where hydra-demo/ and the heads' folders go (default: ${DEFAULT-VALUE})",
            defaultValue = "hydra-demo-model/src/main/resources/dev/hydra/demo")
    private Path folder = Path.of("");

    @Option(names = "--stages", split = ",", description = "what to do, of ${COMPLETION-CANDIDATES} (default: all)")
    private Set<Stage> stages = EnumSet.allOf(Stage.class);

    @Option(
            names = "--heads-kind",
            split = ",",
            description = "which heads to train and examine, of hydra, medusa and hydra-plus-plus (default: all)")
    private Set<HeadsKind> headsKinds = EnumSet.allOf(HeadsKind.class);

    @Option(names = "--base-steps", description = "steps of the base model (default: ${DEFAULT-VALUE})")
    private int baseSteps = 3600;

    @Option(names = "--base-minutes", description = "longest time for the base model (default: ${DEFAULT-VALUE})")
    private int baseMinutes = 240;

    @Option(names = "--heads-steps", description = "steps of each kind of heads (default: ${DEFAULT-VALUE})")
    private int headsSteps = 2400;

    @Option(names = "--exam-chats", description = "held-out questions to answer in the end (default: ${DEFAULT-VALUE})")
    private int examChats = 200;

    /** Runs the command line. */
    public static void main(String[] arguments) {
        System.exit(new CommandLine(new TrainDemoModel())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .registerConverter(HeadsKind.class, TrainDemoModel::kind)
                .execute(arguments));
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Path model = folder.resolve("hydra-demo");
        if (stages.contains(Stage.BASE)) {
            trainBase(model);
        }
        if (stages.contains(Stage.HEADS)) {
            for (HeadsKind kind : headsKinds) {
                trainHeads(model, kind);
            }
        }
        if (stages.contains(Stage.EXAM)) {
            for (HeadsKind kind : headsKinds) {
                examine(model, kind);
            }
        }
        return 0;
    }

    /** The kind that a word on the command line stands for. */
    static HeadsKind kind(String name) {
        return switch (name) {
            case "hydra" -> HeadsKind.HYDRA;
            case "medusa" -> HeadsKind.MEDUSA;
            case "hydra-plus-plus" -> HeadsKind.HYDRA_PLUS_PLUS;
            default ->
                throw new TypeConversionException(
                        "no heads are called '%s'; expected hydra, medusa or hydra-plus-plus".formatted(name));
        };
    }

    private Path headsFolder(HeadsKind kind) {
        return folder.resolve(
                switch (kind) {
                    case MEDUSA -> "hydra-demo-medusa";
                    case HYDRA -> "hydra-demo-heads";
                    case HYDRA_PLUS_PLUS -> "hydra-demo-plus";
                });
    }

    private void trainBase(Path model) throws IOException {
        BpeTokenizer tokenizer = new BpeTrainer(VOCABULARY)
                .train(corpus.stream(Split.TRAINING)
                        .limit(VOCABULARY_CHATS)
                        .flatMap(chat -> chat.turns().stream())
                        .map(Turn::text));
        Files.createDirectories(model);
        TokenizerFiles.write(model, tokenizer, ChatFormat.template(), POSITIONS);
        BaseRecipe recipe = baseRecipe(tokenizer.vocabulary());
        LOG.info("base model of {} weights, {} tokens", recipe.model().parameters(), tokenizer.vocabulary());
        ChatBatches batches = new ChatBatches(
                chats(Split.TRAINING, tokenizer::encode), recipe.rows(), recipe.length(), recipe.givenWeight());
        ChatBatches heldOut =
                new ChatBatches(chats(Split.HELD_OUT, tokenizer::encode), recipe.rows(), recipe.length(), 0);
        double loss = new BaseTrainer(recipe).train(batches, heldOut.next(HELD_OUT_BATCHES), model);
        LOG.info("base model: held-out loss {}", "%.4f".formatted(loss));
    }

    /** Every kind learns from the same text in the same order, in the same number of steps, so that they compare. */
    private void trainHeads(Path model, HeadsKind kind) throws IOException {
        Path heads = headsFolder(kind);
        HeadsTrainer.Places places = new HeadsTrainer.Places(model, heads, List.of(folder.resolve("hidden")), "cpu");
        HeadsTrainer.Result result = new HeadsTrainer(headsRecipe(kind), places, Console.silent()).train(texts(model));
        LOG.info("{}: best after {} of {} steps, loss {}", kind, result.bestStep(), result.steps(), result.loss());
        result.heads().forEach(head -> LOG.info("head: {}", head));
    }

    private TrainingTexts texts(Path model) {
        try (Tokenizer tokenizer = Tokenizer.open(model)) {
            Function<String, int[]> encode = text ->
                    tokenizer.encode(text).stream().mapToInt(Integer::intValue).toArray();
            return new TrainingTexts(
                    rows(chats(Split.TRAINING, encode), TRAINING_ROWS),
                    rows(chats(Split.HELD_OUT, encode), HELD_OUT_ROWS),
                    "0000000000000000 demo corpus %d".formatted(SEED));
        }
    }

    /** Rows of whole chats, in order. */
    private static List<TokenRow> rows(LongFunction<ChatTokens> chats, int count) {
        List<TokenRow> rows = new ArrayList<>();
        List<ChatTokens> row = new ArrayList<>();
        int size = 0;
        for (long number = 0; rows.size() < count; number++) {
            ChatTokens chat = chats.apply(number);
            if (size + chat.size() > POSITIONS && !row.isEmpty()) {
                rows.add(new TokenRow(row));
                row.clear();
                size = 0;
            }
            row.add(chat);
            size += chat.size();
        }
        return rows;
    }

    private void examine(Path model, HeadsKind kind) throws InterruptedException {
        List<Conversation> questions =
                corpus.stream(Split.HELD_OUT).skip(EXAM_START).limit(examChats).toList();
        Exam.Result result = new Exam(questions).sit(model, headsFolder(kind));
        LOG.info("plain: {} tokens/s, {}", "%.0f".formatted(result.plain().tokensPerSecond()), result.plain());
        LOG.info(
                "{}: {} tokens/s, acceptance length {}, {}",
                kind,
                "%.0f".formatted(result.hydra().tokensPerSecond()),
                "%.2f".formatted(result.hydra().acceptanceLength()),
                result.hydra());
        LOG.info("{} of {} answers are the same", result.sameAnswers(), examChats);
    }

    private BaseRecipe baseRecipe(int vocabulary) {
        ModelConfig config = ModelConfig.llama(vocabulary, 192, 8, 6)
                .intermediate(512)
                .keyValueHeads(3)
                .tiedEmbeddings(true)
                .positions(POSITIONS)
                .beginToken(SpecialToken.BEGIN.id())
                .endTokens(List.of(SpecialToken.END.id()))
                .build();
        LearningRate rate = new LearningRate(2e-3, 100, 0.02);
        Budget budget = new Budget(baseSteps, Duration.ofMinutes(baseMinutes));
        return new BaseRecipe(config, Precision.FLOAT32, rate, budget, 0.05, 2, POSITIONS, 0.1, SEED);
    }

    private HeadsRecipe headsRecipe(HeadsKind kind) {
        HeadsRecipe paper = HeadsRecipe.paper(kind, "hydra-demo");
        Objective objective = paper.objective();
        return paper.withRate(new LearningRate(2e-3, 50, 0.05))
                .withOptimizer(new Optimizer(0.05, 0.99, 1))
                .withObjective(new Objective(objective.labelWeight(), objective.teacherWeight(), 0, 0))
                .withSchedule(new HeadsRecipe.Schedule(2, 1, 1, headsSteps, 200))
                .withSeed(SEED);
    }

    private LongFunction<ChatTokens> chats(Split split, Function<String, int[]> encode) {
        return number -> ChatFormat.tokens(corpus.conversation(split, number), encode);
    }
}
