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
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The graph's noise is the reference's, for every seed, place and token. */
class NoiseTest {
    /** Two noisy scores nearer than this are a tie to float32. */
    private static final double FLOAT_TIE = 1e-5;

    private static final long[] SEEDS = {0, 1, -1, Long.MIN_VALUE, Long.MAX_VALUE, 1L << 32, 0xffff_ffffL, -(1L << 32)};
    private static final int[] PLACES = {0, 1, 2, 255, 65_536, Integer.MAX_VALUE - 2};

    @TempDir
    Path folder;

    /** Over a small vocabulary, and over one whose draws come from the tails. */
    @ParameterizedTest
    @CsvSource({"20, 8000", "32000, 200"})
    void drawsTheTokenThatTheReferenceDraws(int vocabulary, int draws) {
        Random random = new Random(vocabulary);
        List<Chooser> choosers = new ArrayList<>();
        SamplingOptions options = SamplingOptions.of(1);
        for (long seed : SEEDS) {
            for (int place : PLACES) {
                choosers.add(new Chooser(choosers.size(), place, options, seed));
            }
        }
        while (choosers.size() < draws) {
            choosers.add(new Chooser(
                    choosers.size(), random.nextInt(1 + random.nextInt(100_000)), options, random.nextLong()));
        }
        float[][][] scores = new float[draws][1][vocabulary];
        for (int member = 0; member < draws; member++) {
            float spread = random.nextInt(3);
            for (int token = 0; token < vocabulary; token++) {
                scores[member][0][token] = spread * (float) random.nextGaussian();
            }
        }
        List<Acceptance> accepted = accept(vocabulary, scores, choosers);
        int near = 0;
        for (int member = 0; member < draws; member++) {
            Chooser chooser = choosers.get(member);
            int best = 0;
            double first = Double.NEGATIVE_INFINITY;
            double second = first;
            for (int token = 0; token < vocabulary; token++) {
                double noisy =
                        scores[member][0][token] + ReferenceSampler.noise(chooser.seed(), chooser.place(), token);
                second = Math.max(second, Math.min(first, noisy));
                best = noisy > first ? token : best;
                first = Math.max(first, noisy);
            }
            if (first - second < FLOAT_TIE) {
                near++;
            } else {
                assertThat(accepted.get(member).bonus()).as("%s", chooser).isEqualTo(best);
            }
        }
        assertThat(near).isLessThanOrEqualTo(draws / 1000);
    }

    /** What a text says must not change from one version to the next: one seed, and its tokens. */
    @Test
    void keepsWhatASeedSays() {
        List<Chooser> choosers = IntStream.range(0, 16)
                .mapToObj(place -> new Chooser(place, place, SamplingOptions.of(1), 42))
                .toList();
        List<Acceptance> accepted = accept(20, new float[16][1][20], choosers);
        assertThat(accepted.stream().map(Acceptance::bonus))
                .containsExactly(17, 14, 16, 8, 11, 16, 14, 6, 9, 4, 5, 6, 12, 14, 13, 5);
    }

    private List<Acceptance> accept(int vocabulary, float[][][] scores, List<Chooser> choosers) {
        ModelConfig config = ModelConfig.llama(vocabulary, 8, 1, 1)
                .intermediate(8)
                .positions(8)
                .build();
        try (Rig rig =
                new Rig(Rig.options(1, 8), TinyLlama.seeded(1).with(config).write(folder))) {
            ModelGraph graph = rig.graph();
            List<Integer> zeros = Collections.nCopies(choosers.size(), 0);
            Frontier frontier = new Frontier(zeros, zeros, zeros);
            try (Draft draft = graph.given(TreeShape.single(), Collections.nCopies(choosers.size(), List.of(0)));
                    Verdict verdict = graph.given(scores)) {
                return new Exact().accept(graph, new Standing(frontier, draft, verdict), choosers);
            }
        }
    }
}
