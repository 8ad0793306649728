package dev.hydra;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hydra.checkpoint.ModelConfig;
import dev.hydra.decode.DecodePlan;
import dev.hydra.decode.Sequence;
import dev.hydra.sampling.SamplingOptions;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The second judge is judged: how the reference chooses tokens, and how it tells near choices from clear ones. */
class ReferenceSamplerTest {
    private static final Offset<Double> ROUNDING = Offset.offset(1e-12);

    /** Choices nearer than this are a tie to float32. */
    private static final double FLOAT_TIE = 1e-4;

    private static final double[] SCORES = {Math.log(0.4), Math.log(0.1), Math.log(0.3), Math.log(0.1), Math.log(0.1)};

    @TempDir
    Path folder;

    @Test
    void cutsTokensOfEqualScoreTogetherOrNotAtAll() {
        assertProbabilities(SamplingOptions.of(1), 0.4, 0.1, 0.3, 0.1, 0.1);
        assertProbabilities(SamplingOptions.of(0), 1, 0, 0, 0, 0);
        assertProbabilities(drawing().topK(1).build(), 1, 0, 0, 0, 0);
        assertProbabilities(drawing().topK(2).build(), 0.4 / 0.7, 0, 0.3 / 0.7, 0, 0);
        assertProbabilities(drawing().topK(3).build(), 0.4, 0.1, 0.3, 0.1, 0.1);
        assertProbabilities(drawing().topP(0.3).build(), 1, 0, 0, 0, 0);
        assertProbabilities(drawing().topP(0.69).build(), 0.4 / 0.7, 0, 0.3 / 0.7, 0, 0);
        assertProbabilities(drawing().topP(0.75).build(), 0.4, 0.1, 0.3, 0.1, 0.1);
        assertProbabilities(drawing().minP(0.5).build(), 0.4 / 0.7, 0, 0.3 / 0.7, 0, 0);
        assertProbabilities(drawing().minP(0.2).build(), 0.4, 0.1, 0.3, 0.1, 0.1);
        // what top-k leaves is a distribution again: 0.4 / 0.7 is more than 0.55
        assertProbabilities(drawing().topK(2).topP(0.55).build(), 1, 0, 0, 0, 0);
    }

    @Test
    void changesScoresBeforeItCuts() {
        SamplingOptions options = drawing()
                .topK(2)
                .repetitionPenalty(2)
                .frequencyPenalty(0.5)
                .presencePenalty(0.25)
                .logitBias(Map.of(4, 1.0))
                .build();
        double[] found = new ReferenceSampler(options, 0, List.of(2, 2, 4)).probabilities(SCORES, List.of(0, 0, 1));
        // token 0: negative, said twice; token 2: in the prompt; token 4: biased, in the prompt
        double[] scores = {
            2 * Math.log(0.4) - 1.25,
            2 * Math.log(0.1) - 0.75,
            2 * Math.log(0.3),
            Math.log(0.1),
            2 * (Math.log(0.1) + 1)
        };
        double sum = Math.exp(scores[2]) + Math.exp(scores[3]);
        assertThat(found)
                .containsExactly(
                        new double[] {0, 0, Math.exp(scores[2]) / sum, Math.exp(scores[3]) / sum, 0}, ROUNDING);
    }

    @Test
    void choosesNoOtherTokenWhereScoresAreOffByLessThanTheGap() {
        int near = 0;
        for (long seed = 0; seed < 20_000; seed++) {
            Random random = new Random(seed);
            SamplingOptions options = random(random, 12);
            ReferenceSampler sampler = new ReferenceSampler(options, seed, List.of(1, 2, 3));
            double[] scores = random.doubles(12, -3, 3).toArray();
            List<Integer> answer = List.of(3, 4, 4);
            ReferenceSampler.Chosen chosen = sampler.choose(scores, answer);
            // half of it: two scores may move towards each other
            double off = Math.min(chosen.gap(), 1) * 0.49;
            near += off < 0.01 ? 1 : 0;
            for (int again = 0; again < 5; again++) {
                double[] moved = Arrays.stream(scores)
                        .map(score -> score + (random.nextBoolean() ? off : -off))
                        .toArray();
                assertThat(sampler.choose(moved, answer).token())
                        .as("seed %d, %s", seed, options)
                        .isEqualTo(chosen.token());
            }
        }
        assertThat(near).isPositive();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void saysWhatPlainDecodingSays(long seed) {
        Random random = new Random(seed);
        ModelConfig config = ModelConfig.llama(40, 24, 2, 4)
                .keyValueHeads(2)
                .intermediate(32)
                .positions(64)
                .tiedEmbeddings(random.nextBoolean())
                .build();
        int compared = 0;
        try (Rig rig =
                new Rig(Rig.options(1, 64), TinyLlama.seeded(seed).with(config).write(folder))) {
            ReferenceDecoder reference = new ReferenceDecoder(rig.checkpoint());
            for (int run = 0; run < 8; run++) {
                List<Integer> prompt =
                        random.ints(1 + random.nextInt(9), 0, 40).boxed().toList();
                assertThat(reference.generate(prompt, 5, SamplingOptions.greedy(), seed))
                        .isEqualTo(reference.generate(prompt, 5));
                SamplingOptions options = random(random, 40);
                ReferenceDecoder.Sampled expected = reference.sample(prompt, 30, options, seed + run);
                if (expected.gap() > FLOAT_TIE) {
                    DecodePlan plan = DecodePlan.greedy(prompt, Set.of(), 30, rig.plain())
                            .with(options.mutate().seed(seed + run).build());
                    Sequence sequence = new Sequence(plan, Discard.INSTANCE);
                    rig.decode(List.of(sequence));
                    assertThat(sequence.tokens()).as("run %d, %s", run, options).isEqualTo(expected.tokens());
                    compared++;
                }
            }
        }
        assertThat(compared).isPositive();
    }

    /** Options of every kind, each of them or not. */
    private static SamplingOptions random(Random random, int vocabulary) {
        SamplingOptions.Builder builder = SamplingOptions.builder();
        if (random.nextInt(6) > 0) {
            builder.temperature(random.nextBoolean() ? 1 : 0.1 + 2 * random.nextDouble());
        }
        if (random.nextBoolean()) {
            builder.topK(1 + random.nextInt(vocabulary + 3));
        }
        if (random.nextBoolean()) {
            builder.topP(1 - random.nextDouble());
        }
        if (random.nextBoolean()) {
            builder.minP(random.nextDouble() * random.nextDouble());
        }
        if (random.nextBoolean()) {
            builder.repetitionPenalty(0.7 + random.nextDouble());
            builder.frequencyPenalty(random.nextDouble() - 0.3).presencePenalty(random.nextDouble() - 0.3);
        }
        if (random.nextBoolean()) {
            builder.logitBias(Map.of(random.nextInt(vocabulary), 3.0));
        }
        return builder.build();
    }

    private static SamplingOptions.Builder drawing() {
        return SamplingOptions.builder().temperature(1);
    }

    private static void assertProbabilities(SamplingOptions options, double... expected) {
        ReferenceSampler sampler = new ReferenceSampler(options, 0, List.of());
        double[] found = sampler.probabilities(SCORES, List.of());
        assertThat(IntStream.range(0, found.length).mapToDouble(at -> found[at]).toArray())
                .as("%s", options)
                .containsExactly(expected, ROUNDING);
    }
}
