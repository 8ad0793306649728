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
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Exact acceptance chooses, token by token, what the reference chooses, whatever is drafted and whoever steps beside it. */
class ExactTest {
    /** Choices nearer than this are a tie to float32. */
    private static final double FLOAT_TIE = 1e-4;

    private static final int VOCABULARY = 16;
    private static final int ROWS = 9;
    private static final int STEPS = 150;
    private static final List<TreeShape> SHAPES = List.of(
            TreeShape.single(),
            new TreeShape(List.of(-1, 0, 1, 2)),
            TreeShape.ofPaths(List.of(List.of(0), List.of(1), List.of(0, 0), List.of(1, 0), List.of(1, 0, 0))),
            TreeShape.named("default"));

    @TempDir
    Path folder;

    /** A sequence in a cache row, as far as choosing goes. */
    private static final class Text {
        private final ReferenceSampler sampler;
        private final List<Integer> answer = new ArrayList<>();

        Text(ReferenceSampler sampler) {
            this.sampler = sampler;
        }

        Chooser chooser(int member) {
            return new Chooser(member, sampler.prompt().size() + answer.size(), sampler.options(), sampler.seed());
        }
    }

    /**
     * Sequences come and go in the cache rows, each with options of its own; in every step some of them, in any order, choose
     * along trees of different shapes.
     */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void choosesWhatTheReferenceChooses(long seed) {
        Random random = new Random(seed);
        int ties = 0;
        int deep = 0;
        try (Rig rig = rig()) {
            Text[] texts = new Text[ROWS];
            for (int step = 0; step < STEPS; step++) {
                List<Integer> rows =
                        new ArrayList<>(IntStream.range(0, ROWS).boxed().toList());
                Collections.shuffle(rows, random);
                rows = rows.subList(0, 1 + random.nextInt(ROWS));
                for (int row : rows) {
                    if (texts[row] == null || random.nextInt(8) == 0) {
                        texts[row] = begin(rig.graph(), row, random, step);
                    }
                }
                try (Scene scene = new Scene(rig.graph(), rows, random)) {
                    // some members of the batch may go by another rule
                    List<Integer> members = IntStream.range(0, rows.size())
                            .filter(member -> random.nextInt(5) > 0)
                            .boxed()
                            .toList();
                    if (members.isEmpty()) {
                        continue;
                    }
                    List<Integer> batch = List.copyOf(rows);
                    List<Acceptance> accepted = new Exact()
                            .accept(
                                    rig.graph(),
                                    scene.standing,
                                    members.stream()
                                            .map(member -> texts[batch.get(member)].chooser(member))
                                            .toList());
                    for (int at = 0; at < members.size(); at++) {
                        int member = members.get(at);
                        Text text = texts[batch.get(member)];
                        double gap =
                                scene.compare(member, text, accepted.get(at), "seed %d, step %d".formatted(seed, step));
                        ties += gap < FLOAT_TIE ? 1 : 0;
                        deep += accepted.get(at).path().depth() > 0 ? 1 : 0;
                    }
                }
            }
        }
        assertThat(ties).isLessThan(STEPS / 10);
        assertThat(deep).isGreaterThan(STEPS / 10);
    }

    /** Tokens beyond the other rows' largest top-k are drawn where a row cuts none. */
    @Test
    void cutsNoRowByTheOptionsOfAnother() {
        float[] scores = new float[VOCABULARY];
        for (int token = 0; token < VOCABULARY; token++) {
            scores[token] = -token / 100f;
        }
        List<Integer> zeros = List.of(0, 0, 0);
        try (Rig rig = rig();
                Draft draft = rig.graph().given(TreeShape.single(), Collections.nCopies(3, List.of(0)));
                Verdict verdict = rig.graph().given(new float[][][] {{scores}, {scores}, {scores}})) {
            Standing standing = new Standing(new Frontier(zeros, zeros, zeros), draft, verdict);
            Set<Integer> drawn = new TreeSet<>();
            Set<Integer> cut = new TreeSet<>();
            for (int place = 0; place < 200; place++) {
                List<Chooser> choosers = List.of(
                        new Chooser(0, place, cutting(5), 0),
                        new Chooser(1, place, SamplingOptions.of(1), 1),
                        new Chooser(2, place, cutting(3), 2));
                List<Acceptance> accepted = new Exact().accept(rig.graph(), standing, choosers);
                drawn.add(accepted.get(1).bonus());
                cut.add(accepted.get(2).bonus());
            }
            assertThat(drawn).hasSize(VOCABULARY);
            assertThat(cut).containsExactly(0, 1, 2);
        }
    }

    private static SamplingOptions cutting(int topK) {
        return SamplingOptions.builder().temperature(1).topK(topK).build();
    }

    @Test
    void countsWhatWasSaidUntilTheNextSequenceBegins() {
        SamplingOptions options = SamplingOptions.builder().frequencyPenalty(1).build();
        float[] scores = new float[VOCABULARY];
        scores[5] = 3.5f;
        scores[9] = 2;
        try (Rig rig = rig();
                Draft draft = rig.graph().given(TreeShape.single(), List.of(List.of(0), List.of(0)));
                Verdict verdict = rig.graph().given(new float[][][] {{scores}, {scores}})) {
            Frontier frontier = new Frontier(List.of(7, 2), List.of(0, 0), List.of(0, 0));
            Standing standing = new Standing(frontier, draft, verdict);
            rig.graph().begin(7, List.of(5, 5), Map.of(), true);
            rig.graph().begin(2, List.of(9), Map.of(9, 2.0), true);
            List<Integer> first = new ArrayList<>();
            List<Integer> second = new ArrayList<>();
            for (int step = 0; step < 8; step++) {
                if (step == 5) {
                    // the bias goes, and so does what was said; the other row goes on
                    rig.graph().begin(2, List.of(), Map.of(), true);
                }
                List<Acceptance> accepted = new Exact()
                        .accept(
                                rig.graph(),
                                standing,
                                List.of(new Chooser(0, 0, options, 0), new Chooser(1, 0, options, 0)));
                first.add(accepted.get(0).bonus());
                second.add(accepted.get(1).bonus());
            }
            // 3.5, 2.5, then 1.5 against 2; 1 against 1.5; 0.5 against 1; 0.5 against 0; then the lowest token of score
            // 0
            assertThat(first).containsExactly(5, 5, 9, 5, 9, 5, 0, 1);
            assertThat(second).containsExactly(9, 5, 9, 5, 9, 5, 5, 9);
        }
    }

    private Rig rig() {
        ModelConfig config = ModelConfig.llama(VOCABULARY, 8, 1, 1)
                .intermediate(8)
                .positions(8)
                .build();
        return new Rig(Rig.options(ROWS, 8), TinyLlama.seeded(1).with(config).write(folder));
    }

    private static Text begin(ModelGraph graph, int row, Random random, long seed) {
        SamplingOptions options = options(random);
        List<Integer> prompt =
                random.ints(1 + random.nextInt(6), 0, VOCABULARY).boxed().toList();
        graph.begin(row, prompt, options.logitBias(), options.adjusts());
        return new Text(new ReferenceSampler(options, seed, prompt));
    }

    /** Options of every kind, each of them or not. */
    private static SamplingOptions options(Random random) {
        SamplingOptions.Builder builder = SamplingOptions.builder();
        if (random.nextInt(4) > 0) {
            builder.temperature(random.nextBoolean() ? 1 : 0.05 + 2 * random.nextDouble());
        }
        if (random.nextInt(3) == 0) {
            builder.topK(1 + random.nextInt(VOCABULARY + 3));
        }
        if (random.nextInt(3) == 0) {
            builder.topP(1 - random.nextDouble());
        }
        if (random.nextInt(3) == 0) {
            builder.minP(random.nextDouble() * random.nextDouble());
        }
        if (random.nextInt(3) == 0) {
            builder.repetitionPenalty(0.7 + random.nextDouble());
        }
        if (random.nextInt(3) == 0) {
            builder.frequencyPenalty(random.nextDouble() - 0.3).presencePenalty(random.nextDouble() - 0.3);
        }
        if (random.nextInt(3) == 0) {
            builder.logitBias(Map.of(random.nextInt(VOCABULARY), 3.0));
        }
        return builder.build();
    }

    /** A random tree for each member of a batch, likely tokens on it, and what the base model says of them. */
    private static final class Scene implements AutoCloseable {
        private final List<List<Integer>> tokens = new ArrayList<>();
        private final float[][][] scores;
        private final Standing standing;

        Scene(ModelGraph graph, List<Integer> rows, Random random) {
            int size = rows.size();
            List<Draft> parts = new ArrayList<>();
            List<TreeShape> shapes = new ArrayList<>();
            float[][][] own = new float[size][][];
            for (int member = 0; member < size; member++) {
                TreeShape shape = SHAPES.get(random.nextInt(SHAPES.size()));
                own[member] = scores(random, shape.size());
                tokens.add(tokens(shape, own[member]));
                shapes.add(shape);
                parts.add(graph.given(shape, List.of(tokens.get(member))));
            }
            Draft draft = graph.join(
                    parts, IntStream.range(0, size).mapToObj(List::of).toList());
            parts.forEach(Draft::close);
            scores = new float[size][draft.nodes()][VOCABULARY];
            for (int member = 0; member < size; member++) {
                for (int node = 0; node < draft.nodes(); node++) {
                    // what stands in for the root says what the root says
                    scores[member][node] = own[member][node < shapes.get(member).size() ? node : 0];
                }
            }
            Frontier frontier = new Frontier(rows, Collections.nCopies(size, 0), Collections.nCopies(size, 0));
            standing = new Standing(frontier, draft, graph.given(scores));
        }

        private static float[][] scores(Random random, int nodes) {
            float[][] scores = new float[nodes][VOCABULARY];
            for (float[] row : scores) {
                for (int token = 0; token < VOCABULARY; token++) {
                    row[token] = 2 * (float) random.nextGaussian();
                }
            }
            return scores;
        }

        private static List<Integer> tokens(TreeShape shape, float[][] scores) {
            List<Integer> tokens = new ArrayList<>(List.of(0));
            for (int node = 1; node < shape.size(); node++) {
                float[] above = scores[shape.parents().get(node)];
                tokens.add(IntStream.range(0, VOCABULARY)
                        .boxed()
                        .sorted((one, other) -> Float.compare(above[other], above[one]))
                        .toList()
                        .get(shape.rank(node)));
            }
            return tokens;
        }

        /**
         * Walks the tree with the reference, and appends to the text what was accepted.
         *
         * @return how near any of the choices was
         */
        double compare(int member, Text text, Acceptance accepted, String name) {
            TreeShape shape = standing.draft().shapes().get(member);
            List<Integer> answer = new ArrayList<>(text.answer);
            List<Integer> nodes = new ArrayList<>(List.of(0));
            double gap = Double.POSITIVE_INFINITY;
            for (int node = 0; node >= 0; ) {
                float[] row = scores[member][node];
                double[] exact = IntStream.range(0, VOCABULARY)
                        .mapToDouble(token -> row[token])
                        .toArray();
                ReferenceSampler.Chosen chosen = text.sampler.choose(exact, answer);
                gap = Math.min(gap, chosen.gap());
                answer.add(chosen.token());
                node = shape.children(node).stream()
                        .filter(child -> tokens.get(member).get(child) == chosen.token())
                        .findFirst()
                        .orElse(-1);
                if (node >= 0) {
                    nodes.add(node);
                }
            }
            List<Integer> said = new ArrayList<>(text.answer);
            said.addAll(accepted.tokens());
            said.add(accepted.bonus());
            if (gap >= FLOAT_TIE) {
                assertThat(said)
                        .as("%s, member %d, %s", name, member, text.sampler)
                        .isEqualTo(answer);
                assertThat(accepted.path().nodes()).isEqualTo(nodes);
            }
            text.answer.clear();
            text.answer.addAll(said);
            return gap;
        }

        @Override
        public void close() {
            standing.draft().close();
            standing.verdict().close();
        }
    }
}
