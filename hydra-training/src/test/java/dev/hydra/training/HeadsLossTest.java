package dev.hydra.training;

import static dev.hydra.training.Lively.lively;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.hydra.checkpoint.HeadsConfig;
import dev.hydra.checkpoint.HeadsKind;
import dev.hydra.checkpoint.ModelConfig;
import dev.hydra.training.TrainingGraph.Settings;
import dev.hydra.training.data.ChatTokens;
import dev.hydra.training.data.TokenRow;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Which token each head learns at which place, how chats share a row and batches a step, and that gradients are those of the loss. */
class HeadsLossTest {

    private static final long SEED = 8_16;
    private static final ModelConfig BASE = ModelConfig.llama(17, 16, 2, 4)
            .intermediate(24)
            .keyValueHeads(2)
            .tiedEmbeddings(true)
            .positions(64)
            .build();
    private static final Objective TEXT = Objective.ofText();
    private static final Objective TEACHER = Objective.ofTeacher();
    private static final Objective BOTH = new Objective(0.5, 1, 0, 0);
    private static final float STEP = 5e-3f;
    private static final double FINITE_DIFFERENCE_NOISE = 5e-3;
    private static final double ROUNDING = 1e-4;
    /** The base of the cycle leaves this much to tokens other than the right one. */
    private static final double DOUBT = 1e-3;

    @ParameterizedTest
    @CsvSource({"MEDUSA,1", "MEDUSA,3", "HYDRA,1", "HYDRA,3", "HYDRA_PLUS_PLUS,1", "HYDRA_PLUS_PLUS,3"})
    void gradientsOfEveryObjectiveAreFiniteDifferencesInPackedAndPlainRows(HeadsKind kind, int layers) {
        HeadsConfig config = new HeadsConfig(kind, 2, layers, "tiny");
        List<Weight> base = lively(InitialWeights.base(BASE, SEED), 0.1, SEED);
        List<Weight> heads = lively(InitialWeights.heads(config, BASE, base.get(0), SEED), 0.2, SEED);
        Batch packed = packed(new Random(SEED));
        List<Batch> batches = List.of(packed, new Batch(packed.rows(), packed.tokens(), packed.weights()));
        List<Objective> objectives = List.of(TEXT, TEACHER, BOTH);

        List<List<float[]>> gradients = new ArrayList<>();
        for (Objective objective : objectives) {
            try (TrainingGraph graph = graph(objective, BASE, base, heads, config)) {
                batches.forEach(batch -> gradients.add(graph.headsGradients(batch)));
            }
        }
        Random random = new Random(SEED);
        for (int tensor = 0; tensor < heads.size(); tensor++) {
            float[] direction = direction(gradients, tensor, random);
            List<HeadLosses> above = losses(moved(heads, tensor, direction, STEP), base, config, batches);
            List<HeadLosses> below = losses(moved(heads, tensor, direction, -STEP), base, config, batches);
            for (int i = 0; i < gradients.size(); i++) {
                Objective objective = objectives.get(i / batches.size());
                int batch = i % batches.size();
                double difference =
                        (above.get(batch).of(objective) - below.get(batch).of(objective)) / (2 * STEP);
                double slope = slope(gradients.get(i).get(tensor), direction);
                assertThat(slope)
                        .as("%s, %s, batch %d", heads.get(tensor).name(), objective, batch)
                        .isCloseTo(difference, within(FINITE_DIFFERENCE_NOISE * (1 + Math.abs(slope))));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void batchesOfAStepMakeTheGradientOfTheOneLargeBatch(HeadsKind kind) {
        HeadsConfig config = new HeadsConfig(kind, 3, 2, "tiny");
        List<Weight> base = lively(InitialWeights.base(BASE, SEED), 0.1, SEED);
        List<Weight> heads = lively(InitialWeights.heads(config, BASE, base.get(0), SEED), 0.2, SEED);
        Random random = new Random(SEED);
        TokenRow wordy = row(random, 12, 9);
        TokenRow terse = row(random, 12, 1);
        TokenRow early = new TokenRow(List.of(
                new ChatTokens.Builder().given(1, 2).learned(3).given(4, 5, 6).build()));
        TokenRow silent = row(random, 7, 0);
        List<List<TokenRow>> halves =
                List.of(List.of(wordy, wordy), List.of(terse, wordy), List.of(early, silent), List.of(silent, silent));
        for (List<TokenRow> other : halves) {
            List<Batch> parts = List.of(Batch.of(List.of(wordy, terse), 12), Batch.of(other, 12));
            Batch whole = Batch.of(
                    Stream.concat(Stream.of(wordy, terse), other.stream()).toList(), 12);
            List<float[]> inParts = gatheredGradients(parts, base, heads, config);
            List<float[]> atOnce = gatheredGradients(List.of(whole), base, heads, config);
            for (int tensor = 0; tensor < heads.size(); tensor++) {
                assertThat(inParts.get(tensor))
                        .as("%s with %s", heads.get(tensor).name(), other)
                        .usingComparatorWithPrecision((float) ROUNDING)
                        .containsExactly(atOnce.get(tensor));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void learnsNothingFromRowsShorterThanWhatAHeadLooksAhead(HeadsKind kind) {
        HeadsConfig config = new HeadsConfig(kind, 3, 1, "tiny");
        List<Weight> base = lively(InitialWeights.base(BASE, SEED), 0.1, SEED);
        List<Weight> heads = lively(InitialWeights.heads(config, BASE, base.get(0), SEED), 0.2, SEED);
        try (TrainingGraph graph = graph(BOTH, BASE, base, heads, config)) {
            for (int length = 1; length <= 4; length++) {
                List<HeadFigures> figures =
                        graph.figures(Batch.of(List.of(row(new Random(SEED), length, length)), length));
                for (int head = 0; head < 3; head++) {
                    assertThat(figures.get(head).places())
                            .as("length %d, head %d", length, head)
                            .isEqualTo(Math.max(0, length - (head + 2)));
                }
            }
            List<float[]> gradients = graph.headsGradients(Batch.of(List.of(row(new Random(SEED), 2, 2)), 2));
            assertThat(gradients)
                    .hasSameSizeAs(heads)
                    .allSatisfy(gradient -> assertThat(gradient).containsOnly(0f));
        }
    }

    @ParameterizedTest
    @EnumSource
    void teacherAndLabelAreOneTokenWhereTheTextIsTheBasesOwn(HeadsKind kind) {
        HeadsConfig config = new HeadsConfig(kind, 4, 2, "tiny");
        List<Weight> base = CycleBase.weights();
        List<Weight> heads =
                lively(InitialWeights.heads(config, CycleBase.CONFIG, base.get(base.size() - 1), SEED), 0.2, SEED);
        List<TokenRow> rows = List.of(
                new TokenRow(List.of(CycleBase.text(3, 14, 0))),
                new TokenRow(List.of(CycleBase.text(40, 6, 3), CycleBase.text(11, 5, 0), CycleBase.text(9, 1, 0))));
        Batch batch = Batch.of(rows, 14);
        List<float[]> ofText = new ArrayList<>();
        try (TrainingGraph graph = graph(TEXT, CycleBase.CONFIG, base, heads, config)) {
            List<HeadFigures> figures = graph.figures(batch);
            for (int head = 0; head < 4; head++) {
                int shift = head + 2;
                HeadFigures measured = figures.get(head);
                // of the second chat's first three tokens none counts, whoever predicts it
                int places = 14 - shift + (6 - Math.max(shift, 3)) + Math.max(0, 5 - shift);
                assertThat(measured.places()).as("head %d", head).isEqualTo(places);
                assertThat(batch.places(head)).as("head %d", head).isEqualTo(places);
                assertThat(measured.textHits()).as("head %d", head).isEqualTo(measured.baseHits());
                assertThat(measured.meanTextLoss())
                        .as("head %d", head)
                        .isCloseTo(measured.meanBaseLoss(), within(DOUBT * measured.meanTextLoss()));
            }
            // a text that is not the base's tells the two apart
            HeadFigures strange = graph.figures(Batch.of(CycleBase.noiseRows(SEED, 8, 14), 14))
                    .get(0);
            assertThat(strange.meanTextLoss()).isNotCloseTo(strange.meanBaseLoss(), within(DOUBT));
            ofText.addAll(graph.headsGradients(batch));
        }
        try (TrainingGraph graph = graph(TEACHER, CycleBase.CONFIG, base, heads, config)) {
            List<float[]> ofTeacher = graph.headsGradients(batch);
            for (int tensor = 0; tensor < heads.size(); tensor++) {
                assertThat(ofTeacher.get(tensor))
                        .as(heads.get(tensor).name())
                        .usingComparatorWithPrecision((float) DOUBT)
                        .containsExactly(ofText.get(tensor));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void aChatInAPackedRowIsTheSameAsAlone(HeadsKind kind) {
        HeadsConfig config = new HeadsConfig(kind, 3, 2, "tiny");
        List<Weight> base = lively(InitialWeights.base(BASE, SEED), 0.1, SEED);
        List<Weight> heads = lively(InitialWeights.heads(config, BASE, base.get(0), SEED), 0.2, SEED);
        Random random = new Random(SEED);
        List<ChatTokens> chats = List.of(chat(random, 7, 5), chat(random, 9, 6), chat(random, 5, 3));
        try (TrainingGraph graph = graph(BOTH, BASE, base, heads, config)) {
            Batch packed = Batch.of(List.of(new TokenRow(chats)), 24);
            ByteBuffer together = graph.hidden(packed).order(ByteOrder.nativeOrder());
            for (int number = 0; number < chats.size(); number++) {
                Batch alone = Batch.of(
                        List.of(new TokenRow(List.of(chats.get(number)))),
                        chats.get(number).size());
                ByteBuffer rows = graph.hidden(alone).order(ByteOrder.nativeOrder());
                while (rows.hasRemaining()) {
                    assertThat(together.getFloat()).isCloseTo(rows.getFloat(), within((float) ROUNDING));
                }
                // in the packed row, only this chat's tokens count
                List<ChatTokens> members = new ArrayList<>();
                for (int other = 0; other < chats.size(); other++) {
                    members.add(other == number ? chats.get(other) : given(chats.get(other)));
                }
                List<TokenRow> only = List.of(new TokenRow(members));
                assertClose(graph.figures(Batch.of(only, 24)), graph.figures(alone));

                // what other chats say makes no difference at all
                List<ChatTokens> strangers = new ArrayList<>(members);
                for (int other = 0; other < chats.size(); other++) {
                    if (other != number) {
                        strangers.set(other, given(chat(random, chats.get(other).size(), 0)));
                    }
                }
                assertThat(graph.figures(Batch.of(List.of(new TokenRow(strangers)), 24)))
                        .isEqualTo(graph.figures(Batch.of(only, 24)));
            }
        }
    }

    @Test
    void aTokenBeyondTheLastThatCountsChangesNothing() {
        for (HeadsKind kind : HeadsKind.values()) {
            HeadsConfig config = new HeadsConfig(kind, 3, 2, "tiny");
            List<Weight> base = lively(InitialWeights.base(BASE, SEED), 0.1, SEED);
            List<Weight> heads = lively(InitialWeights.heads(config, BASE, base.get(0), SEED), 0.2, SEED);
            try (TrainingGraph graph = graph(BOTH, BASE, base, heads, config)) {
                int[] tokens = new Random(SEED).ints(12, 0, BASE.vocabulary()).toArray();
                List<List<HeadFigures>> figures = new ArrayList<>();
                for (int changed : List.of(12, 11, 10, 9)) {
                    ChatTokens.Builder text = new ChatTokens.Builder();
                    for (int place = 0; place < 12; place++) {
                        int token = place == changed ? (tokens[place] + 1) % BASE.vocabulary() : tokens[place];
                        if (place < 10) {
                            text.learned(token);
                        } else {
                            text.given(token);
                        }
                    }
                    figures.add(graph.figures(Batch.of(List.of(new TokenRow(List.of(text.build()))), 12)));
                }
                assertThat(figures.get(1)).as("%s", kind).isEqualTo(figures.get(0));
                assertThat(figures.get(2)).as("%s", kind).isEqualTo(figures.get(0));
                assertThat(figures.get(3)).as("%s", kind).isNotEqualTo(figures.get(0));
            }
        }
    }

    /** Losses of all heads on one batch, summed. */
    private record HeadLosses(double text, double base) {
        double of(Objective objective) {
            return objective.labelWeight() * text + objective.teacherWeight() * base;
        }
    }

    private static List<HeadLosses> losses(
            List<Weight> heads, List<Weight> base, HeadsConfig config, List<Batch> batches) {
        try (TrainingGraph graph = graph(BOTH, BASE, base, heads, config)) {
            return batches.stream()
                    .map(graph::figures)
                    .map(figures -> new HeadLosses(
                            figures.stream()
                                    .mapToDouble(HeadFigures::meanTextLoss)
                                    .sum(),
                            figures.stream()
                                    .mapToDouble(HeadFigures::meanBaseLoss)
                                    .sum()))
                    .toList();
        }
    }

    private static List<float[]> gatheredGradients(
            List<Batch> batches, List<Weight> base, List<Weight> heads, HeadsConfig config) {
        try (TrainingGraph graph = graph(BOTH, BASE, base, heads, config)) {
            List<float[]> sums = new ArrayList<>();
            for (Batch batch : batches) {
                List<float[]> scaled = new ArrayList<>();
                List<Double> shares = shares(batch, batches, config.heads());
                List<float[]> gradients = graph.headsGradients(batch, shares);
                for (int tensor = 0; tensor < gradients.size(); tensor++) {
                    float[] sum = sums.isEmpty() ? new float[gradients.get(tensor).length] : sums.get(tensor);
                    for (int at = 0; at < sum.length; at++) {
                        sum[at] += gradients.get(tensor)[at];
                    }
                    scaled.add(sum);
                }
                sums = scaled;
                graph.gather(batch, shares);
            }
            double norm = graph.update(0);
            double length = Math.sqrt(sums.stream()
                    .mapToDouble(sum -> IntStream.range(0, sum.length)
                            .mapToDouble(at -> (double) sum[at] * sum[at])
                            .sum())
                    .sum());
            assertThat(norm).isCloseTo(length, within(ROUNDING * (1 + length)));
            return sums;
        }
    }

    private static List<Double> shares(Batch batch, List<Batch> batches, int heads) {
        List<Double> shares = new ArrayList<>();
        for (int head = 0; head < heads; head++) {
            int number = head;
            long all = batches.stream().mapToLong(other -> other.places(number)).sum();
            shares.add((double) batch.places(head) / all);
        }
        return shares;
    }

    private static void assertClose(List<HeadFigures> ones, List<HeadFigures> others) {
        for (int head = 0; head < ones.size(); head++) {
            HeadFigures one = ones.get(head);
            HeadFigures other = others.get(head);
            assertThat(one.places()).isEqualTo(other.places());
            assertThat(one.textHits()).isEqualTo(other.textHits());
            assertThat(one.baseHits()).isEqualTo(other.baseHits());
            assertThat(one.textLoss()).isCloseTo(other.textLoss(), within(ROUNDING * (1 + other.textLoss())));
            assertThat(one.baseLoss()).isCloseTo(other.baseLoss(), within(ROUNDING * (1 + other.baseLoss())));
        }
    }

    private static TrainingGraph graph(
            Objective objective, ModelConfig sizes, List<Weight> base, List<Weight> heads, HeadsConfig config) {
        TrainingGraph graph =
                new TrainingGraph(sizes, Precision.FLOAT32, new Settings(objective, Optimizer.ofDecay(0)));
        graph.freezeBase(base);
        graph.trainHeads(heads, config);
        return graph;
    }

    /** Two rows: two chats of which the second is padded, and one that fills its row. */
    private static Batch packed(Random random) {
        return Batch.of(
                List.of(
                        new TokenRow(List.of(chat(random, 5, 4), chat(random, 4, 3))),
                        new TokenRow(List.of(chat(random, 11, 7)))),
                11);
    }

    private static TokenRow row(Random random, int length, int learned) {
        return new TokenRow(List.of(chat(random, length, learned)));
    }

    /** Random tokens, the last of which are learned. */
    private static ChatTokens chat(Random random, int length, int learned) {
        return new ChatTokens.Builder()
                .given(random.ints(length - learned, 0, BASE.vocabulary()).toArray())
                .learned(random.ints(learned, 0, BASE.vocabulary()).toArray())
                .build();
    }

    private static ChatTokens given(ChatTokens chat) {
        return new ChatTokens.Builder().given(chat.tokens()).build();
    }

    /** Along all gradients of a tensor, so that the slope is steep, and a bit to a random side, so that no number stays unmoved. */
    private static float[] direction(List<List<float[]>> gradients, int tensor, Random random) {
        float[] direction = new float[gradients.get(0).get(tensor).length];
        for (List<float[]> gradient : gradients) {
            for (int at = 0; at < direction.length; at++) {
                direction[at] += gradient.get(tensor)[at];
            }
        }
        double length = Math.sqrt(slope(direction, direction));
        assertThat(length).isGreaterThan(FINITE_DIFFERENCE_NOISE);
        for (int at = 0; at < direction.length; at++) {
            direction[at] = (float) (direction[at] / length + random.nextGaussian() / Math.sqrt(direction.length));
        }
        return direction;
    }

    private static double slope(float[] gradient, float[] direction) {
        return IntStream.range(0, gradient.length)
                .mapToDouble(at -> (double) gradient[at] * direction[at])
                .sum();
    }

    private static List<Weight> moved(List<Weight> weights, int index, float[] direction, float by) {
        List<Weight> moved = new ArrayList<>(weights);
        float[] values = weights.get(index).values().clone();
        for (int at = 0; at < values.length; at++) {
            values[at] += by * direction[at];
        }
        moved.set(index, weights.get(index).with(values));
        return moved;
    }
}
