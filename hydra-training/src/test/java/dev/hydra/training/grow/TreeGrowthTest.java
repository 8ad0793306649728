package dev.hydra.training.grow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.hydra.Hydra;
import dev.hydra.HydraOptions;
import dev.hydra.checkpoint.HeadsKind;
import dev.hydra.decode.Completion;
import dev.hydra.decode.DecodeStatistics;
import dev.hydra.decode.FinishReason;
import dev.hydra.draft.DecodingMode;
import dev.hydra.schedule.GenerationRequest;
import dev.hydra.training.HeadRanks;
import dev.hydra.training.RecitingModel;
import dev.hydra.training.TinyModel;
import dev.hydra.training.console.Console;
import dev.hydra.training.evaluate.PromptStyle;
import dev.hydra.training.evaluate.Question;
import dev.hydra.training.evaluate.Setup;
import dev.hydra.tree.TreeShape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import javax.imageio.ImageIO;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TreeGrowthTest {

    private static final long SEED = 41;
    /** Two tokens whose scores differ by no more than the order of sums. */
    private static final Offset<Integer> NEAR_TIE = Offset.offset(1);

    private static final int MAXIMUM_TOKENS = 96;
    private static final List<TreeShape> TREES = List.of(
            TreeShape.single(),
            TreeShape.parse("[[0]]"),
            TreeShape.parse("[[0], [0, 0], [0, 0, 0]]"),
            TreeShape.parse("[[0], [1], [2], [0, 0], [0, 1], [1, 0], [0, 0, 0], [0, 1, 0]]"),
            TreeShape.named("hydra-63").within(RecitingModel.HEADS, 40));
    private static final List<Question> PROMPTS = List.of(
            new Question("1", "", List.of(), List.of("the fox")),
            new Question("2", "", List.of(), List.of("the boat and the dog")),
            new Question("3", "", List.of(), List.of("a boat")));

    @TempDir
    private static Path folder;

    private static Path model;
    private static final Map<HeadsKind, Path> HEADS = new EnumMap<>(HeadsKind.class);
    private static Path randomModel;
    private static final Map<HeadsKind, Path> RANDOM_HEADS = new EnumMap<>(HeadsKind.class);

    @BeforeAll
    static void write() throws IOException {
        RecitingModel reciting = RecitingModel.write(folder.resolve("reciting"));
        TinyModel tiny = TinyModel.write(folder.resolve("random"));
        model = reciting.folder();
        randomModel = tiny.folder();
        for (HeadsKind kind : HeadsKind.values()) {
            HEADS.put(kind, reciting.heads(kind, kind.name()));
            RANDOM_HEADS.put(kind, tiny.heads(kind, kind.name()));
        }
    }

    private static Path heads(HeadsKind kind) {
        return HEADS.getOrDefault(kind, Path.of(""));
    }

    @ParameterizedTest
    @EnumSource(HeadsKind.class)
    void replaysExactlyTheStepsThatTheEngineMakes(HeadsKind kind) throws InterruptedException {
        List<List<Integer>> prompts = prompts();
        List<List<Completion>> answers = new ArrayList<>();
        try (Hydra hydra = Hydra.open(HydraOptions.builder(model)
                .heads(heads(kind))
                .device("cpu")
                .rows(1)
                .build())) {
            for (List<Integer> prompt : prompts) {
                List<Completion> ofTrees = new ArrayList<>();
                for (TreeShape tree : TREES) {
                    ofTrees.add(hydra.generate(GenerationRequest.of(prompt)
                                    .withMode(kind.grounded() ? DecodingMode.HYDRA : DecodingMode.MEDUSA)
                                    .withTree(tree)
                                    .withMaximumTokens(MAXIMUM_TOKENS))
                            .await());
                }
                answers.add(ofTrees);
            }
        }
        long carried = 0;
        Set<FinishReason> reasons = EnumSet.noneOf(FinishReason.class);
        try (RankSource ranks = HeadRanks.open(model, heads(kind), "cpu")) {
            for (int at = 0; at < prompts.size(); at++) {
                List<Completion> ofTrees = answers.get(at);
                Continuation continuation =
                        Continuation.of(ranks, prompts.get(at), ofTrees.get(0).tokens());
                for (int tree = 0; tree < TREES.size(); tree++) {
                    DecodeStatistics statistics = ofTrees.get(tree).statistics();
                    Replay.Outcome outcome = new Replay(TREES.get(tree)).outcome(List.of(continuation));
                    String name = "seed %d, %s, prompt %d, tree %d".formatted(SEED, kind, at, tree);
                    assertThat(outcome.steps()).as(name).isEqualTo(statistics.steps());
                    assertThat(outcome.tokens())
                            .as(name)
                            .isEqualTo(statistics.generatedTokens() - statistics.requests());
                    assertThat(trimmed(outcome.accepted())).as(name).isEqualTo(trimmed(statistics.accepted()));
                    assertThat(outcome.acceptanceLength()).as(name).isEqualTo(statistics.acceptanceLength());
                    carried += statistics.generatedTokens() - statistics.requests() - statistics.steps();
                    reasons.add(ofTrees.get(tree).reason());
                }
            }
        }
        // or nothing would have been shown: most drafts are right
        assertThat(carried).isGreaterThan((long) MAXIMUM_TOKENS * prompts.size());
        assertThat(reasons).contains(FinishReason.LENGTH);
    }

    @ParameterizedTest
    @EnumSource(HeadsKind.class)
    void ranksTokensAsTheDecoderDraftsThem(HeadsKind kind) {
        Path heads = RANDOM_HEADS.getOrDefault(kind, Path.of(""));
        try (RankSource drafted = DraftedRanks.open(randomModel, heads, "cpu");
                RankSource ranks = HeadRanks.open(randomModel, heads, "cpu")) {
            for (List<Integer> text : prompts()) {
                List<List<Integer>> expected = drafted.ranks(text, 1);
                List<List<Integer>> found = ranks.ranks(text, 1);
                assertThat(found).hasSameSizeAs(expected);
                for (int place = 0; place < expected.size(); place++) {
                    assertThat(found.get(place)).hasSameSizeAs(expected.get(place));
                    for (int head = 0; head < expected.get(place).size(); head++) {
                        assertThat(found.get(place).get(head))
                                .as("seed %d, %s, place %d, head %d", SEED, kind, place, head)
                                .isCloseTo(expected.get(place).get(head), NEAR_TIE);
                    }
                }
            }
        }
    }

    private static List<Long> trimmed(List<Long> accepted) {
        List<Long> trimmed = new ArrayList<>(accepted);
        while (!trimmed.isEmpty() && trimmed.get(trimmed.size() - 1) == 0) {
            trimmed.remove(trimmed.size() - 1);
        }
        return trimmed;
    }

    private static List<List<Integer>> prompts() {
        Random random = new Random(SEED);
        List<List<Integer>> prompts = new ArrayList<>();
        for (int prompt = 0; prompt < 6; prompt++) {
            prompts.add(random.ints(3 + random.nextInt(20), 6, 260).boxed().toList());
        }
        return prompts;
    }

    @ParameterizedTest
    @EnumSource(HeadsKind.class)
    void writesATreeThatTheEngineReads(HeadsKind kind) throws IOException, InterruptedException {
        GrownTree grown = TreeGrowth.grow(request(kind).rows(2).build(), HeadRanks::open, Console.silent());
        assertThat(grown.sizes().get(0).tree().shape()).isEqualTo(TreeShape.single());
        assertThat(grown.sizes()).allSatisfy(size -> {
            assertThat(size.milliseconds()).isPositive();
            assertThat(size.tree().shape().depth()).isLessThanOrEqualTo(RecitingModel.HEADS);
        });
        assertThat(grown.chosen().size().tokensPerSecond())
                .isEqualTo(grown.sizes().stream()
                        .skip(1)
                        .mapToDouble(GrownTree.Size::tokensPerSecond)
                        .max()
                        .orElseThrow());
        assertThat(grown.chosen().frequencies()).hasSize(grown.shape().size() - 1);

        assertThat(grown.write(heads(kind)))
                .extracting(file -> file.getFileName().toString())
                .containsExactly("tree.json", "tree.png");
        String json = Files.readString(heads(kind).resolve("tree.json"));
        assertThat(TreeShape.parse(json)).isEqualTo(grown.shape());
        JsonObject evidence = JsonParser.parseString(json).getAsJsonObject();
        assertThat(evidence.getAsJsonObject("calibration").get("prompts").getAsInt())
                .isEqualTo(PROMPTS.size());
        assertThat(evidence.getAsJsonObject("chosen").get("nodes").getAsInt())
                .isEqualTo(grown.shape().size());
        assertThat(evidence.getAsJsonArray("sizes")).hasSameSizeAs(grown.sizes());
        assertThat(ImageIO.read(heads(kind).resolve("tree.png").toFile()).getWidth())
                .isEqualTo(1280);
        assertThat(grown.markdown()).contains("(chosen)", "| nodes | tokens per step, simulated |");
        try (Hydra hydra = Hydra.open(
                HydraOptions.builder(model).heads(heads(kind)).device("cpu").build())) {
            assertThat(hydra.description().drafter().treeNodes())
                    .isEqualTo(grown.shape().size());
        }
    }

    @Test
    void growsAsManyNodesAsAreAskedFor() throws InterruptedException {
        GrownTree grown = TreeGrowth.grow(request(HeadsKind.HYDRA).nodes(5).build(), HeadRanks::open, Console.silent());
        assertThat(grown.shape().size()).isEqualTo(5);
        assertThat(grown.chosen().size().measured()).isTrue();
    }

    @Test
    void saysWhatItCannotGrow() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> request(HeadsKind.HYDRA).nodes(65).build())
                .withMessage("nodes are 65; expected 2 to 64");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TreeGrowth.grow(
                        GrowthRequest.builder(
                                        Setup.of(model).on("cpu"),
                                        heads(HeadsKind.HYDRA),
                                        Prompts.asked(
                                                List.of(new Question(
                                                        "long",
                                                        "",
                                                        List.of(),
                                                        List.of("the boat ".repeat(TinyModel.POSITIONS)))),
                                                PromptStyle.of(model)))
                                .build(),
                        HeadRanks::open,
                        Console.silent()))
                .withMessageContaining("none of 1 prompts is continued by two tokens");
    }

    private static GrowthRequest.Builder request(HeadsKind kind) {
        return GrowthRequest.builder(
                        Setup.of(model).on("cpu"), heads(kind), Prompts.asked(PROMPTS, PromptStyle.of(model)))
                .maximumNodes(64)
                .maximumTokens(MAXIMUM_TOKENS)
                .rounds(1);
    }
}
