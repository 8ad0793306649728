package dev.hydra.sampling;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hydra.ReferenceSampler;
import dev.hydra.Rig;
import dev.hydra.TinyLlama;
import dev.hydra.checkpoint.ModelConfig;
import dev.hydra.graph.Acceptance;
import dev.hydra.graph.Draft;
import dev.hydra.graph.Frontier;
import dev.hydra.graph.ModelGraph;
import dev.hydra.graph.Standing;
import dev.hydra.graph.Verdict;
import dev.hydra.tree.TreeShape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What exact acceptance says is distributed as the base model's own tokens are, with drafts and without. Every statistic is
 * Pearson's chi-square of at least 100,000 draws, against probabilities that the reference computes.
 */
class SamplingDistributionTest {
    /** Of one statistic. There are fewer than 50, so that a correct engine fails for fewer than one choice of all seeds in 200. */
    private static final double SIGNIFICANCE = 1e-4;

    private static final int VOCABULARY = 20;
    private static final int BATCH = 500;
    private static final int DRAWS = 100_000;
    private static final int PLACES = 50;
    private static final long SEED = 20_000;

    private static final float[] SCORES = scores(1, 1.5);
    private static final List<Integer> PROMPT = List.of(3, 3, 7);
    private static final List<Integer> ANSWER = List.of(5, 7, 5, 5, 11);

    private static Rig rig;

    @BeforeAll
    static void opensAGraph(@TempDir Path folder) {
        ModelConfig config = ModelConfig.llama(VOCABULARY, 8, 1, 1)
                .intermediate(8)
                .positions(8)
                .build();
        rig = new Rig(Rig.options(BATCH, 8), TinyLlama.seeded(1).with(config).write(folder));
    }

    @AfterAll
    static void closesIt() {
        rig.close();
    }

    static Stream<Named<SamplingOptions>> options() {
        Map<String, SamplingOptions.Builder> all = new LinkedHashMap<>();
        all.put("temperature 0.3", at(0.3));
        all.put("temperature 1", at(1));
        all.put("temperature 1.7", at(1.7));
        all.put("top-k", at(1).topK(6));
        all.put("top-p", at(1).topP(0.8));
        all.put("min-p", at(1).minP(0.1));
        all.put("all cuts", at(1.7).topK(12).topP(0.9).minP(0.05));
        all.put("repetition", at(1).repetitionPenalty(1.5));
        all.put("frequency", at(1).frequencyPenalty(0.4));
        all.put("presence", at(1).presencePenalty(-0.8));
        all.put("bias", at(1).logitBias(Map.of(0, 2.0, 5, -1.5, 19, 0.25)));
        all.put(
                "everything",
                at(0.8).topK(14)
                        .topP(0.95)
                        .minP(0.01)
                        .repetitionPenalty(1.3)
                        .frequencyPenalty(0.3)
                        .presencePenalty(0.2)
                        .logitBias(Map.of(4, 1.0, 7, 1.0)));
        return all.entrySet().stream()
                .map(entry -> Named.of(entry.getKey(), entry.getValue().build()));
    }

    private static SamplingOptions.Builder at(double temperature) {
        return SamplingOptions.builder().temperature(temperature);
    }

    @ParameterizedTest
    @MethodSource("options")
    void drawsFromTheDistributionThatTheOptionsAskFor(SamplingOptions options) {
        assertThat(GoodnessOfFit.pValue(drawn(options, SCORES), probabilities(options, SCORES)))
                .isGreaterThan(SIGNIFICANCE);
    }

    @Test
    void drawsFromTokensOfEqualScoreAlike() {
        float[] scores = new float[VOCABULARY];
        Arrays.fill(scores, 4, 12, 1);
        Arrays.fill(scores, 12, 14, 2);
        // the cuts fall among the eight tokens of score 1
        for (SamplingOptions options :
                List.of(at(1).topK(5).build(), at(1).topP(0.5).build())) {
            double[] expected = probabilities(options, scores);
            assertThat(Arrays.stream(expected).filter(one -> one > 0).count()).isEqualTo(10);
            assertThat(GoodnessOfFit.pValue(drawn(options, scores), expected)).isGreaterThan(SIGNIFICANCE);
        }
    }

    /** Every row of a batch draws by its own options from its own scores. */
    @Test
    void drawsForEachRowOfABatchByItsOwnOptions() {
        List<SamplingOptions> options = options().map(Named::getPayload).toList();
        int kinds = options.size();
        float[][] scores = IntStream.range(0, kinds)
                .mapToObj(kind -> scores(100 + kind, 1.5))
                .toArray(float[][]::new);
        long[][] counts = new long[kinds][VOCABULARY];
        // members of one kind share a cache row, and so what was said
        int batch = BATCH * kinds;
        List<Integer> rows =
                IntStream.range(0, batch).mapToObj(member -> member % kinds).toList();
        try (Scene scene =
                new Scene(TreeShape.single(), List.of(0), rows, member -> new float[][] {scores[member % kinds]})) {
            for (int first = 0; first < DRAWS * kinds; first += batch) {
                for (int kind = 0; kind < kinds; kind++) {
                    if (options.get(kind).adjusts()) {
                        begin(kind, options.get(kind));
                    }
                }
                int from = first;
                List<Acceptance> accepted = scene.accept(new Exact(), member -> {
                    int draw = from + member;
                    return chooser(member, draw, options.get(member % kinds));
                });
                for (int member = 0; member < batch; member++) {
                    counts[member % kinds][accepted.get(member).bonus()]++;
                }
            }
        }
        for (int kind = 0; kind < kinds; kind++) {
            assertThat(GoodnessOfFit.pValue(counts[kind], probabilities(options.get(kind), scores[kind])))
                    .as("%s", options.get(kind))
                    .isGreaterThan(SIGNIFICANCE);
        }
    }

    /** The penalties all at once: each draw needs a cache row begun anew. */
    static Stream<Named<SamplingOptions>> optionsOfTrees() {
        return options()
                .filter(named ->
                        !named.getPayload().adjusts() || named.getPayload().cuts());
    }

    @ParameterizedTest
    @MethodSource("optionsOfTrees")
    void saysAlongATreeWhatTheBaseModelSays(SamplingOptions options) {
        Forest forest = new Forest(options);
        assertThat(forest.pValue(forest.said(new Exact(), SEED))).isGreaterThan(SIGNIFICANCE);
    }

    @Test
    void noticesAWrongTemperature() {
        assertThat(GoodnessOfFit.pValue(drawn(at(1.05).build(), SCORES), probabilities(at(1).build(), SCORES)))
                .isLessThan(SIGNIFICANCE);
        assertThat(GoodnessOfFit.pValue(drawn(at(1).build(), SCORES), probabilities(at(1.05).build(), SCORES)))
                .isLessThan(SIGNIFICANCE);
        Forest forest = new Forest(at(1).build());
        Forest warmer = new Forest(at(1.05).build());
        assertThat(forest.pValue(warmer.said(new Exact(), SEED))).isLessThan(SIGNIFICANCE);
    }

    @Test
    void noticesABiasedAcceptance() {
        Forest forest = new Forest(at(1).build());
        assertThat(forest.pValue(forest.said(Typical.standard(), SEED))).isLessThan(SIGNIFICANCE);
        Forest greedy = new Forest(SamplingOptions.greedy());
        assertThat(forest.pValue(greedy.said(new Exact(), SEED))).isLessThan(SIGNIFICANCE);
        // whoever draws once more where no child carries the token says what was drafted too often
        List<List<Integer>> drawn = forest.said(new Exact(), SEED);
        List<List<Integer>> again = forest.said(new Exact(), 2 * SEED);
        List<List<Integer>> biased = IntStream.range(0, DRAWS)
                .mapToObj(draw -> drawn.get(draw).size() > 1 ? drawn.get(draw) : again.get(draw))
                .toList();
        assertThat(forest.pValue(again)).isGreaterThan(SIGNIFICANCE);
        assertThat(forest.pValue(biased)).isLessThan(SIGNIFICANCE);
    }

    /** Which two noises make a pair. */
    enum Pair {
        NEIGHBOURING_PLACES {
            @Override
            Chooser chooser(int member, int draw, SamplingOptions options) {
                return new Chooser(member, draw % PLACES, options, SEED + draw / PLACES);
            }
        },
        NEIGHBOURING_SEEDS {
            @Override
            Chooser chooser(int member, int draw, SamplingOptions options) {
                return new Chooser(member, draw / PLACES, options, SEED + draw % PLACES);
            }
        },
        /** The place behind, and the seed behind: a sum of both would be the same. */
        NEXT_PLACE_AND_NEXT_SEED {
            @Override
            Chooser chooser(int member, int draw, SamplingOptions options) {
                int pair = draw / 2;
                return new Chooser(member, pair % PLACES + draw % 2, options, SEED + pair / PLACES + 1 - draw % 2);
            }
        };

        abstract Chooser chooser(int member, int draw, SamplingOptions options);
    }

    @ParameterizedTest
    @EnumSource
    void drawsAtDifferentPlacesAndSeedsAreIndependent(Pair pair) {
        int cells = 6;
        float[] scores = new float[VOCABULARY];
        Arrays.fill(scores, cells, VOCABULARY, -1000);
        System.arraycopy(scores(3, 0.5), 0, scores, 0, cells);
        SamplingOptions options = at(1).build();
        int[] drawn = new int[2 * DRAWS];
        try (Scene scene = new Scene(TreeShape.single(), List.of(0), rows(), member -> new float[][] {scores})) {
            for (int first = 0; first < drawn.length; first += BATCH) {
                int from = first;
                List<Acceptance> accepted =
                        scene.accept(new Exact(), member -> pair.chooser(member, from + member, options));
                for (int member = 0; member < BATCH; member++) {
                    drawn[first + member] = accepted.get(member).bonus();
                }
            }
        }
        double[] once = probabilities(options, scores);
        double[] expected = new double[cells * cells];
        long[] counts = new long[cells * cells];
        for (int cell = 0; cell < expected.length; cell++) {
            expected[cell] = once[cell / cells] * once[cell % cells];
        }
        for (int at = 0; at < drawn.length; at += 2) {
            counts[drawn[at] * cells + drawn[at + 1]]++;
        }
        assertThat(GoodnessOfFit.pValue(counts, expected)).isGreaterThan(SIGNIFICANCE);
    }

    /** How often each token was drawn after the prompt and the answer so far. */
    private static long[] drawn(SamplingOptions options, float[] scores) {
        long[] counts = new long[VOCABULARY];
        List<Integer> rows = options.adjusts() ? Collections.nCopies(BATCH, 0) : rows();
        try (Scene scene = new Scene(TreeShape.single(), List.of(0), rows, member -> new float[][] {scores})) {
            for (int first = 0; first < DRAWS; first += BATCH) {
                if (options.adjusts()) {
                    begin(0, options);
                }
                int from = first;
                scene.accept(new Exact(), member -> chooser(member, from + member, options))
                        .forEach(acceptance -> counts[acceptance.bonus()]++);
            }
        }
        return counts;
    }

    private static double[] probabilities(SamplingOptions options, float[] scores) {
        return new ReferenceSampler(options, 0, PROMPT).probabilities(doubles(scores), ANSWER);
    }

    private static Chooser chooser(int member, int draw, SamplingOptions options) {
        return new Chooser(member, draw % PLACES, options, SEED + draw / PLACES);
    }

    /** Gives a cache row the prompt and the answer so far. */
    private static void begin(int row, SamplingOptions options) {
        TreeShape chain =
                new TreeShape(IntStream.range(-1, ANSWER.size() - 1).boxed().toList());
        List<Integer> tokens = new ArrayList<>(ANSWER.subList(0, ANSWER.size() - 1));
        tokens.add(0, 0);
        float[][] certain = new float[ANSWER.size()][VOCABULARY];
        for (int node = 0; node < certain.length; node++) {
            certain[node][ANSWER.get(node)] = 10_000;
        }
        try (Scene scene = new Scene(chain, tokens, List.of(row), member -> certain)) {
            rig.graph().begin(row, PROMPT, options.logitBias(), true);
            Acceptance said = scene.accept(new Exact(), member -> new Chooser(member, 0, options, 0))
                    .get(0);
            assertThat(said.tokens()).isEqualTo(ANSWER.subList(0, ANSWER.size() - 1));
            assertThat(said.bonus()).isEqualTo(ANSWER.get(ANSWER.size() - 1));
        }
    }

    private static List<Integer> rows() {
        return IntStream.range(0, BATCH).boxed().toList();
    }

    private static float[] scores(long seed, double spread) {
        Random random = new Random(seed);
        float[] scores = new float[VOCABULARY];
        for (int token = 0; token < VOCABULARY; token++) {
            scores[token] = (float) (spread * random.nextGaussian());
        }
        return scores;
    }

    private static double[] doubles(float[] values) {
        return IntStream.range(0, values.length).mapToDouble(at -> values[at]).toArray();
    }

    /** The same draft for every member of a batch, and what the base model says of it. */
    private static final class Scene implements AutoCloseable {
        private final Standing standing;

        Scene(TreeShape shape, List<Integer> tokens, List<Integer> rows, IntFunction<float[][]> scores) {
            ModelGraph graph = rig.graph();
            int size = rows.size();
            Draft draft = graph.given(shape, Collections.nCopies(size, tokens));
            Verdict verdict =
                    graph.given(IntStream.range(0, size).mapToObj(scores).toArray(float[][][]::new));
            Frontier frontier =
                    new Frontier(rows, Collections.nCopies(size, 0), Collections.nCopies(size, tokens.get(0)));
            standing = new Standing(frontier, draft, verdict);
            // what an earlier test left in the rows goes away
            new TreeSet<>(rows).forEach(row -> graph.begin(row, PROMPT, Map.of(), false));
        }

        List<Acceptance> accept(AcceptanceRule rule, IntFunction<Chooser> choosers) {
            int size = standing.frontier().size();
            return rule.accept(
                    rig.graph(),
                    standing,
                    IntStream.range(0, size).mapToObj(choosers).toList());
        }

        @Override
        public void close() {
            standing.draft().close();
            standing.verdict().close();
        }
    }

    /** A tree of drafted tokens, and every text that a walk along it may say. */
    private static final class Forest {
        private static final TreeShape SHAPE = TreeShape.ofPaths(List.of(
                List.of(0), List.of(1), List.of(2), List.of(0, 0), List.of(0, 1), List.of(2, 0), List.of(2, 0, 0)));

        private final SamplingOptions options;
        private final List<Integer> tokens;
        private final float[][] scores;

        /** Children that carry likely tokens, and unlikely ones. */
        Forest(SamplingOptions options) {
            this.options = options;
            this.scores = IntStream.range(0, SHAPE.size())
                    .mapToObj(node -> scores(50 + node, 1.2))
                    .toArray(float[][]::new);
            this.tokens = new ArrayList<>(List.of(0));
            for (int node = 1; node < SHAPE.size(); node++) {
                float[] above = scores[SHAPE.parents().get(node)];
                List<Integer> ranked = IntStream.range(0, VOCABULARY)
                        .boxed()
                        .sorted((one, other) -> Float.compare(above[other], above[one]))
                        .toList();
                tokens.add(ranked.get(SHAPE.rank(node) * 3));
            }
        }

        /** What a rule says, draw by draw. */
        List<List<Integer>> said(AcceptanceRule rule, long seed) {
            List<List<Integer>> said = new ArrayList<>();
            try (Scene scene = new Scene(SHAPE, tokens, rows(), member -> scores)) {
                while (said.size() < DRAWS) {
                    if (options.adjusts()) {
                        rows().forEach(row -> rig.graph().begin(row, PROMPT, options.logitBias(), true));
                    }
                    int from = said.size();
                    scene.accept(rule, member -> chooser(member, from + member, seed))
                            .forEach(acceptance -> said.add(text(acceptance)));
                }
            }
            return said;
        }

        /** A walk uses as many places as it says tokens. */
        private Chooser chooser(int member, int draw, long seed) {
            int most = SHAPE.depth() + 1;
            return new Chooser(member, most * (draw % PLACES), options, seed + draw / PLACES);
        }

        private static List<Integer> text(Acceptance acceptance) {
            List<Integer> text = new ArrayList<>(acceptance.tokens());
            text.add(acceptance.bonus());
            return text;
        }

        double pValue(List<List<Integer>> said) {
            Map<List<Integer>, Double> expected = new LinkedHashMap<>();
            expect(0, List.of(), 1, expected);
            Map<List<Integer>, Long> counts = new LinkedHashMap<>();
            expected.keySet().forEach(text -> counts.put(text, 0L));
            said.forEach(text -> counts.merge(text, 1L, Long::sum));
            assertThat(counts).hasSameSizeAs(expected);
            return GoodnessOfFit.pValue(
                    counts.values().stream().mapToLong(Long::longValue).toArray(),
                    expected.values().stream().mapToDouble(Double::doubleValue).toArray());
        }

        private void expect(int node, List<Integer> said, double likelihood, Map<List<Integer>, Double> expected) {
            double[] next = new ReferenceSampler(options, 0, PROMPT).probabilities(doubles(scores[node]), said);
            for (int token = 0; token < VOCABULARY; token++) {
                List<Integer> text = new ArrayList<>(said);
                text.add(token);
                int carried = token;
                SHAPE.children(node).stream()
                        .filter(child -> tokens.get(child) == carried)
                        .findFirst()
                        .ifPresentOrElse(
                                child -> expect(child, text, likelihood * next[carried], expected),
                                () -> expected.put(text, likelihood * next[carried]));
            }
        }
    }
}
