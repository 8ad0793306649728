package dev.hydra;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.hydra.decode.Completion;
import dev.hydra.draft.DecodingDefaults;
import dev.hydra.draft.DecodingMode;
import dev.hydra.schedule.Generation;
import dev.hydra.schedule.GenerationRequest;
import dev.hydra.tree.TreeShape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Other defaults at run time: for whom they count, and what they leave alone. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class ReconfigureTest {
    private static final int HEADS = 4;
    private static final int TOKENS = 60;
    private static final TreeShape CHAIN = TreeShape.named("chain-4");

    @TempDir
    private static Path folder;

    private static Path model;
    private static Path heads;

    private Hydra hydra;

    @BeforeAll
    static void write() throws IOException {
        model = TinyModel.writeBase(Files.createDirectory(folder.resolve("tiny")), 5);
        heads = TinyModel.writeHeads(folder.resolve("heads"), HEADS);
    }

    @BeforeEach
    void open() {
        hydra = Hydra.open(HydraOptions.builder(model)
                .heads(heads)
                .device("cpu")
                .positions(128)
                .rows(2)
                .build());
    }

    @AfterEach
    void close() {
        hydra.close();
    }

    @Test
    void beginsWithWhatTheModelWasOpenedWith() {
        TreeShape shipped = TreeShape.named("default");

        assertThat(hydra.defaults().mode()).isEqualTo(DecodingMode.HYDRA);
        assertThat(hydra.defaults().trees()).containsOnlyKeys(DecodingMode.HYDRA);
        assertThat(hydra.defaults().tree(DecodingMode.HYDRA)).isEqualTo(shipped);
        assertThat(hydra.defaults().tree(DecodingMode.PLAIN)).isEqualTo(TreeShape.single());
        assertThat(hydra.openedWith()).isEqualTo(hydra.defaults());
    }

    @Test
    void givesTheNextRequestAnotherMode() throws InterruptedException {
        Completion drafted = hydra.generate(request()).await();

        hydra.reconfigure(defaults -> defaults.withMode(DecodingMode.PLAIN));
        Completion plain = hydra.generate(request()).await();

        assertThat(drafted.statistics().drafted()).hasSize(HEADS);
        assertThat(plain.statistics().drafted()).isEmpty();
        assertThat(plain.tokens()).isEqualTo(drafted.tokens());
        assertThat(hydra.description().mode()).isEqualTo(DecodingMode.PLAIN);
        assertThat(hydra.description().drafter().treeNodes()).isEqualTo(1);
    }

    @Test
    void givesTheNextRequestAnotherTree() throws InterruptedException {
        List<Integer> tokens = hydra.generate(request()).await().tokens();

        hydra.reconfigure(defaults -> defaults.withTree(CHAIN));
        Completion chained = hydra.generate(request()).await();

        assertThat(chained.tokens()).isEqualTo(tokens);
        assertThat(chained.statistics().drafted().get(0))
                .as("a chain has one node at each depth")
                .isLessThanOrEqualTo(chained.statistics().steps());
        assertThat(hydra.description().drafter().treeNodes()).isEqualTo(CHAIN.size());
        assertThat(hydra.description().drafter().treeDepth()).isEqualTo(CHAIN.depth());
        assertThat(hydra.openedWith().tree(DecodingMode.HYDRA)).isEqualTo(TreeShape.named("default"));
    }

    @Test
    void goesBackToWhatTheModelWasOpenedWith() {
        ModelDescription before = hydra.description();
        hydra.reconfigure(defaults -> defaults.withMode(DecodingMode.PLAIN).withTree(CHAIN));
        assertThat(hydra.description()).isNotEqualTo(before);

        hydra.reconfigure(defaults -> hydra.openedWith());

        assertThat(hydra.description()).isEqualTo(before);
    }

    @Test
    void leavesARequestThatSaysWhatItWants() throws InterruptedException {
        hydra.reconfigure(defaults -> defaults.withMode(DecodingMode.PLAIN));

        assertThat(hydra.generate(request().withMode(DecodingMode.HYDRA))
                        .await()
                        .statistics()
                        .drafted())
                .hasSize(HEADS);
        hydra.reconfigure(defaults -> hydra.openedWith());
        assertThat(hydra.generate(request().withTree(TreeShape.single()))
                        .await()
                        .statistics()
                        .drafted())
                .isEmpty();
    }

    @Test
    void leavesWhatIsBeingDecodedAndWhatWaits() throws InterruptedException {
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        List<Generation> early = new ArrayList<>();
        early.add(hydra.generate(request(), Latches.holding(started, release)));
        Latches.await(started);
        // the second row, and one that waits
        early.add(hydra.generate(request()));
        early.add(hydra.generate(request()));

        hydra.reconfigure(defaults -> defaults.withMode(DecodingMode.PLAIN));
        Generation late = hydra.generate(request());
        release.countDown();

        for (Generation generation : early) {
            Completion completion = generation.await();
            assertThat(completion.statistics().drafted()).hasSize(HEADS);
            assertThat(completion.tokens()).isEqualTo(late.await().tokens());
        }
        assertThat(late.await().statistics().drafted()).isEmpty();
    }

    @Test
    void saysTheSameWhileItIsReconfiguredAllTheTime() throws InterruptedException {
        List<Integer> expected = hydra.generate(request()).await().tokens();
        List<TreeShape> trees =
                List.of(CHAIN, TreeShape.single(), TreeShape.named("default"), TreeShape.parse("[[0], [1]]"));

        List<Generation> generations = new ArrayList<>();
        for (int round = 0; round < 24; round++) {
            TreeShape tree = trees.get(round % trees.size());
            DecodingMode mode = round % 5 == 0 ? DecodingMode.PLAIN : DecodingMode.HYDRA;
            hydra.reconfigure(defaults -> defaults.withMode(mode).withTree(tree));
            generations.add(hydra.generate(request()));
        }

        for (Generation generation : generations) {
            assertThat(generation.await().tokens()).isEqualTo(expected);
        }
    }

    @Test
    void losesNoChangeOfSeveralThreads() {
        hydra.reconfigure(defaults -> defaults.withTree(TreeShape.single()));

        Stream.iterate(0, round -> round < 100, round -> round + 1)
                .parallel()
                .forEach(round -> hydra.reconfigure(defaults -> defaults.withTrees(ReconfigureTest::oneMoreChild)));

        assertThat(hydra.defaults().tree(DecodingMode.HYDRA).size()).isEqualTo(101);
    }

    @Test
    void refusesAModeWithoutHeadsAndChangesNothing() {
        DecodingDefaults before = hydra.defaults();

        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        hydra.reconfigure(defaults -> defaults.withTree(CHAIN).withMode(DecodingMode.MEDUSA)))
                .withMessage(
                        "mode is medusa; this model decodes in [plain, hydra]: ask for one of these, or open it with"
                                + " draft heads for the other mode");

        assertThat(hydra.defaults()).isEqualTo(before);
    }

    @Test
    void refusesATreeDeeperThanTheHeadsAndChangesNothing() {
        DecodingDefaults before = hydra.defaults();
        TreeShape deep = TreeShape.parse("[[0, 0, 0, 0, 0]]");

        assertThatIllegalArgumentException()
                .isThrownBy(() -> hydra.reconfigure(
                        defaults -> defaults.withMode(DecodingMode.PLAIN).withTree(deep)))
                .withMessage("the tree is 5 levels deep; there are 4 draft heads: use a tree no deeper than the heads");

        assertThat(hydra.defaults()).isEqualTo(before);
    }

    @Test
    void hasNoTreesToChangeWithoutHeads() throws InterruptedException {
        try (Hydra plain = Hydra.open(HydraOptions.builder(model).device("cpu").build())) {
            plain.reconfigure(defaults -> defaults.withTree(CHAIN));

            assertThat(plain.defaults().trees()).isEmpty();
            assertThat(plain.generate(request()).await().statistics().drafted()).isEmpty();
        }
    }

    private GenerationRequest request() {
        return GenerationRequest.of(hydra.tokenizer().encode("Once upon a time"))
                .withMaximumTokens(TOKENS);
    }

    private static TreeShape oneMoreChild(TreeShape flat) {
        List<Integer> parents = new ArrayList<>(flat.parents());
        parents.add(0);
        return new TreeShape(parents);
    }
}
