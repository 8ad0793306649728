package dev.hydra.training;

import static dev.hydra.training.Lively.lively;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.hydra.checkpoint.HeadsConfig;
import dev.hydra.checkpoint.HeadsKind;
import dev.hydra.checkpoint.ModelConfig;
import dev.hydra.training.TrainingGraph.Settings;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TrainingGraphTest {

    private static final ModelConfig BASE = ModelConfig.llama(23, 16, 2, 4)
            .intermediate(24)
            .keyValueHeads(2)
            .tiedEmbeddings(true)
            .positions(64)
            .build();
    private static final long SEED = 20_240_207;
    private static final Settings PLAIN = settings(Objective.ofText());
    private static final Settings BOTH = settings(new Objective(0.5, 1, 0, 0));
    private static final float STEP = 1e-2f;
    private static final double FINITE_DIFFERENCE_NOISE = 2e-3;

    @Test
    void baseGradientsAreFiniteDifferencesOfTheLoss() {
        List<Weight> weights = lively(InitialWeights.base(BASE, SEED), 0.1, SEED);
        Batch batch = randomBatch(2, 9);
        List<float[]> gradients = withBase(weights, graph -> graph.baseGradients(batch));

        checkGradients(weights, gradients, perturbed -> {
            double[] loss = new double[1];
            withBase(perturbed, graph -> {
                loss[0] = graph.baseLoss(batch);
                return List.of();
            });
            return loss[0];
        });
    }

    @Test
    void overfitsTheBaseToAFewRows() {
        Batch batch = randomBatch(3, 12);
        try (TrainingGraph graph = new TrainingGraph(BASE, Precision.FLOAT32, PLAIN)) {
            graph.trainBase(InitialWeights.base(BASE, SEED));
            double before = graph.baseLoss(batch);
            for (int step = 0; step < 150; step++) {
                graph.stepBase(batch, 1e-2);
            }
            assertThat(before).isGreaterThan(2.5);
            assertThat(graph.baseLoss(batch)).isLessThan(0.15);
        }
    }

    @ParameterizedTest
    @EnumSource
    void teachesTheHeadsWhatTheBaseSays(HeadsKind kind) {
        Batch batch = randomBatch(3, 12);
        List<Weight> trained = new ArrayList<>();
        try (TrainingGraph graph = new TrainingGraph(BASE, Precision.FLOAT32, PLAIN)) {
            graph.trainBase(InitialWeights.base(BASE, SEED));
            for (int step = 0; step < 150; step++) {
                graph.stepBase(batch, 1e-2);
            }
            List<float[]> values = graph.weights();
            for (int i = 0; i < values.size(); i++) {
                trained.add(InitialWeights.base(BASE, SEED).get(i).with(values.get(i)));
            }
        }
        List<Weight> heads = InitialWeights.heads(heads(kind), BASE, trained.get(0), SEED);
        withHeads(kind, trained, heads, graph -> {
            for (int step = 0; step < 150; step++) {
                step(graph, batch, 1e-2);
            }
            assertThat(graph.figures(batch))
                    .allSatisfy(head -> assertThat(head.baseAccuracy(1)).isGreaterThan(0.9));
        });
    }

    @ParameterizedTest
    @EnumSource
    void letsOnlyGroundedHeadsSeeTheTokensBeforeTheirOwn(HeadsKind kind) {
        List<Weight> base = lively(InitialWeights.base(BASE, SEED), 0.1, SEED);
        withHeads(kind, base, livelyHeads(kind, base), graph -> {
            List<Double> losses = textLosses(graph, -1);
            // head i predicts the token at 6 from the hidden row at 4 - i and the tokens up to 5
            assertThat(textLosses(graph, 7)).isEqualTo(losses);
            assertThat(textLosses(graph, 5).equals(losses)).isEqualTo(!kind.grounded());
            assertThat(textLosses(graph, 0)).doesNotContainAnyElementsOf(losses);
        });
    }

    @Test
    void dropsNumbersInStepsOnly() {
        List<Weight> base = lively(InitialWeights.base(BASE, SEED), 0.1, SEED);
        List<Weight> heads = livelyHeads(HeadsKind.HYDRA_PLUS_PLUS, base);
        Batch batch = randomBatch(2, 9);
        try (TrainingGraph graph =
                new TrainingGraph(BASE, Precision.FLOAT32, settings(new Objective(0.5, 1, 0.2, 0)))) {
            graph.freezeBase(base);
            graph.trainHeads(heads, heads(HeadsKind.HYDRA_PLUS_PLUS));
            double loss = loss(graph, batch);
            assertThat(loss(graph, batch)).isEqualTo(loss);

            // a rate of zero changes nothing, so that only what is dropped can
            graph.seed(SEED);
            double dropped = step(graph, batch, 0);
            assertThat(step(graph, batch, 0)).isNotEqualTo(dropped);
            graph.seed(SEED);
            assertThat(step(graph, batch, 0)).isEqualTo(dropped).isNotEqualTo(loss);
            assertThat(loss(graph, batch)).isEqualTo(loss);
        }
    }

    @Test
    void countsOnlyPredictedTokensThatHaveAWeight() {
        List<Weight> weights = InitialWeights.base(BASE, SEED);
        long[] tokens = new Random(SEED).longs(12, 0, BASE.vocabulary()).toArray();
        float[] counted = new float[12];
        counted[4] = 1;
        long[] changed = tokens.clone();
        changed[8] = (changed[8] + 1) % BASE.vocabulary();
        withBase(weights, graph -> {
            double loss = graph.baseLoss(new Batch(1, tokens, counted));
            assertThat(graph.baseLoss(new Batch(1, changed, counted))).isEqualTo(loss);
            changed[4] = (changed[4] + 1) % BASE.vocabulary();
            assertThat(graph.baseLoss(new Batch(1, changed, counted))).isNotEqualTo(loss);
            return List.of();
        });
    }

    private static Settings settings(Objective objective) {
        return new Settings(objective, Optimizer.ofDecay(0));
    }

    /** The loss of {@link #BOTH} without drops and noise. */
    private static double loss(TrainingGraph graph, Batch batch) {
        return graph.figures(batch).stream()
                .mapToDouble(head -> 0.5 * head.meanTextLoss() + head.meanBaseLoss())
                .sum();
    }

    /** Makes one step on one batch; returns its loss. */
    private static double step(TrainingGraph graph, Batch batch, double rate) {
        double loss = graph.gather(batch, List.of(1.0, 1.0, 1.0));
        graph.update(rate);
        return loss;
    }

    private static HeadsConfig heads(HeadsKind kind) {
        return new HeadsConfig(kind, 3, 2, "tiny");
    }

    private static List<Weight> livelyHeads(HeadsKind kind, List<Weight> base) {
        return lively(InitialWeights.heads(heads(kind), BASE, base.get(0), SEED), 0.2, SEED);
    }

    /** Each head's loss against the token at 6 of nine, the token at a place being another one than usual. */
    private static List<Double> textLosses(TrainingGraph graph, int changed) {
        long[] tokens = randomBatch(1, 9).tokens();
        if (changed >= 0) {
            tokens[changed] = (tokens[changed] + 1) % BASE.vocabulary();
        }
        float[] counted = new float[tokens.length];
        counted[6] = 1;
        return graph.figures(new Batch(1, tokens, counted)).stream()
                .map(HeadFigures::textLoss)
                .toList();
    }

    private static Batch randomBatch(int rows, int length) {
        Random random = new Random(SEED);
        long[] tokens = random.longs((long) rows * length, 0, BASE.vocabulary()).toArray();
        float[] weights = new float[tokens.length];
        Arrays.fill(weights, 1);
        return new Batch(rows, tokens, weights);
    }

    private static List<float[]> withBase(List<Weight> weights, Function<TrainingGraph, List<float[]>> use) {
        try (TrainingGraph graph = new TrainingGraph(BASE, Precision.FLOAT32, PLAIN)) {
            graph.trainBase(weights);
            return use.apply(graph);
        }
    }

    private static void withHeads(HeadsKind kind, List<Weight> base, List<Weight> heads, Consumer<TrainingGraph> use) {
        try (TrainingGraph graph = new TrainingGraph(BASE, Precision.FLOAT32, BOTH)) {
            graph.freezeBase(base);
            graph.trainHeads(heads, heads(kind));
            use.accept(graph);
        }
    }

    private static void checkGradients(
            List<Weight> weights, List<float[]> gradients, ToDoubleFunction<List<Weight>> loss) {
        Random random = new Random(SEED);
        assertThat(gradients).hasSameSizeAs(weights);
        for (int i = 0; i < weights.size(); i++) {
            float[] gradient = gradients.get(i);
            // the steepest place as well, because a gradient of nearly zero proves little
            for (int place : List.of(random.nextInt(gradient.length), steepest(gradient))) {
                double difference = (loss.applyAsDouble(moved(weights, i, place, STEP))
                                - loss.applyAsDouble(moved(weights, i, place, -STEP)))
                        / (2 * STEP);
                assertThat((double) gradient[place])
                        .as("%s[%d]", weights.get(i).name(), place)
                        .isCloseTo(difference, within(FINITE_DIFFERENCE_NOISE));
            }
            assertThat(Math.abs(gradient[steepest(gradient)]))
                    .as("%s", weights.get(i).name())
                    .isGreaterThan((float) FINITE_DIFFERENCE_NOISE);
        }
    }

    private static int steepest(float[] gradient) {
        int steepest = 0;
        for (int place = 1; place < gradient.length; place++) {
            steepest = Math.abs(gradient[place]) > Math.abs(gradient[steepest]) ? place : steepest;
        }
        return steepest;
    }

    private static List<Weight> moved(List<Weight> weights, int index, int place, float by) {
        List<Weight> moved = new ArrayList<>(weights);
        float[] values = weights.get(index).values().clone();
        values[place] += by;
        moved.set(index, weights.get(index).with(values));
        return moved;
    }
}
