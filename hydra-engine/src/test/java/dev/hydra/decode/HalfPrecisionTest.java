package dev.hydra.decode;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hydra.Discard;
import dev.hydra.Golden;
import dev.hydra.ReferenceDecoder;
import dev.hydra.Rig;
import dev.hydra.TinyHeads;
import dev.hydra.TinyLlama;
import dev.hydra.checkpoint.Checkpoint;
import dev.hydra.checkpoint.HeadsConfig;
import dev.hydra.checkpoint.HeadsKind;
import dev.hydra.checkpoint.SafetensorsWriter;
import dev.hydra.checkpoint.StorageType;
import dev.hydra.draft.Drafter;
import dev.hydra.graph.Acceptance;
import dev.hydra.graph.DataType;
import dev.hydra.graph.Draft;
import dev.hydra.graph.Frontier;
import dev.hydra.graph.GraphOptions;
import dev.hydra.graph.ModelGraph;
import dev.hydra.graph.Standing;
import dev.hydra.graph.Verdict;
import dev.hydra.sampling.Chooser;
import dev.hydra.sampling.Exact;
import dev.hydra.sampling.SamplingOptions;
import dev.hydra.tree.TreePath;
import dev.hydra.tree.TreeShape;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * In 16 bits, speculative and plain decoding may part, but only where rounding decides: a tree's nodes are multiplied in larger
 * products than single tokens are, so that sums are rounded otherwise. At every place of every text the scores of both passes are
 * compared, not only at the first where they choose differently.
 */
class HalfPrecisionTest {
    /**
     * How far scores may be off by rounding. A unit is what an error of one unit in the last place of every number of the hidden
     * row, all of them to the same side, makes of a score: the sum of the products' magnitudes, times that. In truth the errors
     * are larger, one for every operation that the residual stream has passed, and to both sides.
     */
    private static final double UNITS = 2;

    private static final int TOKENS = 40;
    private static final int RUNS = 3;

    private static int runs;
    private static int parted;
    private static int choices;
    private static int rounded;
    private static double apart;
    private static double off;

    @TempDir
    Path folder;

    @AfterAll
    static void showsHowOftenRoundingDecided() {
        System.out.printf(
                "16 bits: of %d runs %d parted, of %d choices %d were rounding's; passes %.2f units apart, %.2f off%n",
                runs, parted, choices, rounded, apart, off);
    }

    static Stream<Arguments> goldenHeads() {
        return types().flatMap(type ->
                Golden.heads().stream().filter(heads -> !heads.endsWith("16")).map(heads -> Arguments.of(type, heads)));
    }

    static Stream<Arguments> kinds() {
        return types().flatMap(type -> Stream.of(HeadsKind.values()).map(kind -> Arguments.of(type, kind)));
    }

    private static Stream<DataType> types() {
        return Stream.of(DataType.BFLOAT16, DataType.FLOAT16);
    }

    @ParameterizedTest
    @MethodSource("goldenHeads")
    void partsFromPlainDecodingAtNearTiesOnlyWithTheAuthorsModels(DataType type, String heads) {
        String base = heads.substring(0, heads.indexOf('-', heads.indexOf('-') + 1));
        try (Rig rig =
                new Rig(new GraphOptions("cpu", type, 2, 128), Golden.baseFolder(base), Golden.headsFolder(heads))) {
            HeadsKind kind = HeadsConfig.read(Golden.headsFolder(heads)).kind();
            assertThat(compare(rig, kind, heads, List.of())).isPositive();
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void partsFromPlainDecodingAtNearTiesOnlyWithRandomModels(DataType type, HeadsKind kind) {
        StorageType storage = type == DataType.BFLOAT16 ? StorageType.BFLOAT16 : StorageType.FLOAT16;
        for (long seed = 1; seed <= 2; seed++) {
            TinyLlama tiny = TinyLlama.seeded(seed).with(storage);
            Path base = tiny.write(folder.resolve("base" + seed));
            // one of the models has twins among its tokens, so that near ties are common
            base = seed % 2 == 0 ? base : twins(base, folder.resolve("twins" + seed), storage);
            Path heads = TinyHeads.seeded(seed, tiny.config(), new HeadsConfig(kind, 4, 1, "tiny"))
                    .with(storage)
                    .write(folder.resolve("heads" + seed));
            try (Rig rig = new Rig(new GraphOptions("cpu", type, 2, 128), base, heads)) {
                // the stored weights are the type's own numbers: exact arithmetic on them is the judge of both passes
                compare(rig, kind, "seed " + seed, List.of(new ReferenceDecoder(rig.checkpoint())));
            }
        }
    }

    /** The same model, but every other row of the output layer is its neighbour's, with each number a unit in the last place off. */
    private static Path twins(Path base, Path folder, StorageType storage) {
        Random random = new Random(9);
        double unit = storage == StorageType.BFLOAT16 ? 0x1p-7 : 0x1p-10;
        try (Checkpoint checkpoint = Checkpoint.open(base)) {
            SafetensorsWriter writer = new SafetensorsWriter();
            int width = checkpoint.config().width();
            checkpoint.config().tensorShapes().forEach((name, shape) -> {
                float[] numbers = checkpoint.tensor(name).floats();
                if (name.equals("lm_head.weight")) {
                    for (int at = width; at < numbers.length; at++) {
                        if (at / width % 2 == 1) {
                            numbers[at] = (float) (numbers[at - width] * (1 + (random.nextBoolean() ? unit : -unit)));
                        }
                    }
                }
                writer.add(name, storage, shape, () -> storage.encode(numbers));
            });
            Files.createDirectories(folder);
            checkpoint.config().write(folder);
            writer.write(folder.resolve(Checkpoint.FILE));
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What the model says behind a token, and a unit of rounding of it. */
    private record Row(float[] scores, double unit) {

        int likeliest() {
            return Rig.likeliest(scores);
        }

        /** Units by which a token that this row does not choose is behind the one that it does. */
        double behind(int token) {
            return (scores[likeliest()] - scores[token]) / unit;
        }

        /** The largest difference to other scores, in units. */
        double apart(IntToDoubleFunction others) {
            return IntStream.range(0, scores.length)
                    .mapToDouble(token -> Math.abs(scores[token] - others.applyAsDouble(token)) / unit)
                    .max()
                    .orElseThrow();
        }
    }

    /** An answer, and a row behind each of its tokens. */
    private record Said(List<Integer> tokens, List<Row> rows) {}

    /** @return the tokens that were accepted */
    private static int compare(Rig rig, HeadsKind kind, String name, List<ReferenceDecoder> judges) {
        int heads = rig.graph().draftHeads().get(kind);
        Drafter drafter = rig.drafter(kind, TreeShape.named("hydra-63").within(heads, 64));
        Random random = new Random(5);
        int accepted = 0;
        for (int run = 0; run < RUNS; run++) {
            String here = "%s, run %d".formatted(name, run);
            List<Integer> prompt = random.ints(
                            1 + random.nextInt(15), 0, rig.graph().config().vocabulary())
                    .boxed()
                    .toList();
            Said tree = speculated(rig, drafter, prompt);
            Said plain = replayed(rig, prompt, tree.tokens());
            int parting = TOKENS;
            for (int at = TOKENS - 2; at >= 0; at--) {
                Row row = tree.rows().get(at);
                if (compareChoices(row, plain.rows().get(at), "%s, token %d".formatted(here, at))) {
                    parting = at + 1;
                }
            }
            for (ReferenceDecoder judge : judges) {
                List<Integer> text = new ArrayList<>(prompt);
                text.addAll(tree.tokens());
                double[][] exact = judge.logits(text);
                for (int at = 0; at < TOKENS; at++) {
                    double[] expected = exact[prompt.size() + at];
                    for (Said said : List.of(tree, plain)) {
                        double distance = said.rows().get(at).apart(token -> expected[token]);
                        off = Math.max(off, distance);
                        assertThat(distance)
                                .as("%s, token %d: off exact arithmetic", here, at)
                                .isLessThan(UNITS);
                    }
                }
            }
            Completion speculative = decoded(rig, drafter, prompt);
            List<Integer> tokens = speculative.tokens().subList(0, TOKENS);
            assertThat(tokens).as(here).isEqualTo(tree.tokens().subList(0, TOKENS));
            List<Integer> others = decoded(rig, rig.plain(), prompt).tokens().subList(0, TOKENS);
            assertThat(others.subList(0, parting)).as(here).isEqualTo(tokens.subList(0, parting));
            if (parting < TOKENS) {
                assertThat(others.get(parting)).as(here).isNotEqualTo(tokens.get(parting));
                parted++;
            }
            accepted += speculative.statistics().accepted().stream()
                    .mapToInt(Long::intValue)
                    .sum();
            runs++;
        }
        return accepted;
    }

    /** Whether two passes choose different tokens, which must be a near tie in both. */
    private static boolean compareChoices(Row tree, Row plain, String name) {
        double distance = tree.apart(token -> plain.scores()[token]);
        apart = Math.max(apart, distance);
        choices++;
        assertThat(distance).as("%s: passes apart", name).isLessThan(UNITS);
        if (tree.likeliest() == plain.likeliest()) {
            return false;
        }
        rounded++;
        assertThat(tree.behind(plain.likeliest()))
                .as("%s: tie in the tree", name)
                .isLessThan(UNITS);
        assertThat(plain.behind(tree.likeliest()))
                .as("%s: tie in plain decoding", name)
                .isLessThan(UNITS);
        return true;
    }

    private static Row row(Rig rig, Verdict verdict, int node) {
        float[] weights = rig.checkpoint().tensor("lm_head.weight").floats();
        float[] hidden = verdict.hidden(0, node);
        double largest = 0;
        for (int first = 0; first < weights.length; first += hidden.length) {
            double sum = 0;
            for (int at = 0; at < hidden.length; at++) {
                sum += Math.abs(weights[first + at] * hidden[at]);
            }
            largest = Math.max(largest, sum);
        }
        int bits = rig.graph().dataType() == DataType.BFLOAT16 ? 7 : 10;
        return new Row(verdict.scores(0, node), Math.scalb(largest, -bits));
    }

    /** The steps of speculative decoding, verb by verb, so that the scores can be looked at. */
    private static Said speculated(Rig rig, Drafter drafter, List<Integer> prompt) {
        ModelGraph graph = rig.graph();
        Said said = new Said(new ArrayList<>(), new ArrayList<>());
        int root = rig.prefill(drafter, 0, prompt);
        while (said.tokens().size() < TOKENS) {
            int length = prompt.size() + said.tokens().size();
            Frontier frontier = new Frontier(List.of(0), List.of(length), List.of(root));
            try (Draft draft = drafter.draft(frontier, drafter.shape());
                    Verdict verdict = graph.verify(frontier, draft)) {
                Chooser greedy = new Chooser(0, length + 1, SamplingOptions.greedy(), 0);
                Acceptance acceptance = new Exact()
                        .accept(graph, new Standing(frontier, draft, verdict), List.of(greedy))
                        .get(0);
                graph.commit(frontier, verdict, List.of(acceptance.path()));
                drafter.follow(frontier, verdict, List.of(0), List.of(acceptance.path()));
                said.tokens().add(root);
                said.tokens().addAll(acceptance.tokens());
                acceptance.path().nodes().forEach(node -> said.rows().add(row(rig, verdict, node)));
                root = acceptance.bonus();
            }
        }
        return said;
    }

    /** What plain decoding makes of the same answer. */
    private static Said replayed(Rig rig, List<Integer> prompt, List<Integer> answer) {
        ModelGraph graph = rig.graph();
        Said said = new Said(answer, new ArrayList<>());
        int root = rig.prefill(rig.plain(), 1, prompt);
        assertThat(root).isEqualTo(answer.get(0));
        for (int at = 0; at < answer.size(); at++) {
            Frontier frontier = new Frontier(List.of(1), List.of(prompt.size() + at), List.of(answer.get(at)));
            try (Draft draft = graph.root(frontier);
                    Verdict verdict = graph.verify(frontier, draft)) {
                graph.commit(frontier, verdict, List.of(new TreePath(List.of(0))));
                said.rows().add(row(rig, verdict, 0));
            }
        }
        return said;
    }

    /** Decoded by the loop itself, with a budget that cuts no tree before the last token that is compared. */
    private static Completion decoded(Rig rig, Drafter drafter, List<Integer> prompt) {
        int budget = TOKENS + drafter.shape().depth() + 1;
        Sequence sequence = new Sequence(DecodePlan.greedy(prompt, Set.of(), budget, drafter), Discard.INSTANCE);
        rig.decode(List.of(sequence));
        return sequence.completion();
    }
}
