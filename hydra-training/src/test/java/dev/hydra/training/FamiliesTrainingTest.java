package dev.hydra.training;

import static dev.hydra.training.Lively.lively;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hydra.checkpoint.Checkpoint;
import dev.hydra.checkpoint.Family;
import dev.hydra.checkpoint.HeadsCheckpoint;
import dev.hydra.checkpoint.HeadsConfig;
import dev.hydra.checkpoint.HeadsKind;
import dev.hydra.checkpoint.ModelConfig;
import dev.hydra.checkpoint.Rope;
import dev.hydra.checkpoint.RopeScaling;
import dev.hydra.checkpoint.SlidingWindow;
import dev.hydra.checkpoint.Tempering;
import dev.hydra.graph.DataType;
import dev.hydra.graph.Frontier;
import dev.hydra.graph.GraphOptions;
import dev.hydra.graph.ModelGraph;
import dev.hydra.graph.Verdict;
import dev.hydra.training.TrainingGraph.Settings;
import dev.hydra.training.data.ChatTokens;
import dev.hydra.training.data.TokenRow;
import dev.hydra.tree.TreePath;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Heads of every family are trained on what they see when they draft. */
class FamiliesTrainingTest {

    private static final long SEED = 47;
    private static final float FLOAT_NOISE = 1e-5f;
    private static final int VOCABULARY = 61;
    private static final int LENGTH = 24;
    private static final Set<Integer> ALL = Set.of(0, 1, 2);

    @TempDir
    Path folder;

    static Stream<Named<ModelConfig>> bases() {
        ModelConfig.Builder gemma = base(Family.GEMMA2).tiedEmbeddings(true);
        return Stream.of(
                        Named.of(
                                "llama, biased, yarn",
                                base(Family.LLAMA)
                                        .attentionBias(true)
                                        .rope(new Rope(500, new RopeScaling.Yarn(2, 16, RopeScaling.Ramp.USUAL, 1.2)))),
                        Named.of("mistral, windowed", base(Family.MISTRAL).window(new SlidingWindow(5, ALL))),
                        Named.of("qwen2", base(Family.QWEN2)),
                        Named.of(
                                "qwen2, windowed at the end",
                                base(Family.QWEN2).window(new SlidingWindow(4, Set.of(2)))),
                        Named.of("qwen3", base(Family.QWEN3).headWidth(12).tiedEmbeddings(true)),
                        Named.of("phi3", base(Family.PHI3).window(new SlidingWindow(7, ALL))),
                        Named.of("olmo2", base(Family.OLMO2)),
                        Named.of(
                                "gemma2",
                                gemma.window(new SlidingWindow(6, Set.of(0, 2))).tempering(new Tempering(30, 2, 1.5))))
                .map(named -> Named.of(named.getName(), named.getPayload().build()));
    }

    @ParameterizedTest
    @MethodSource("bases")
    void seesTheRowsThatTheDecoderSees(ModelConfig config) throws IOException {
        write(config, HeadsKind.HYDRA);
        // two chats in a row, which do not see one another
        int first = 9;
        long[] tokens = new Random(SEED).longs(LENGTH, 0, VOCABULARY).toArray();
        Batch packed =
                Batch.of(List.of(new TokenRow(List.of(chat(tokens, 0, first), chat(tokens, first, LENGTH)))), LENGTH);
        with(config, HeadsKind.HYDRA, (training, decoder) -> {
            for (Batch batch : List.of(packed, new Batch(1, tokens, new float[LENGTH]))) {
                FloatBuffer hidden =
                        training.hidden(batch).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
                int border = batch.chats().length == 0 ? LENGTH : first;
                for (List<Integer> part : List.of(text(tokens, 0, border), text(tokens, border, LENGTH))) {
                    if (part.isEmpty()) {
                        continue;
                    }
                    try (Verdict verdict = decoder.prefill(List.of(0), List.of(0), List.of(part))) {
                        for (int at = 0; at < part.size(); at++) {
                            float[] row = new float[config.width()];
                            hidden.get(row);
                            assertThat(row)
                                    .as("row %d of %d", at, part.size())
                                    .usingComparatorWithPrecision(FLOAT_NOISE)
                                    .containsExactly(verdict.hidden(0, at));
                        }
                    }
                }
            }
        });
    }

    @ParameterizedTest
    @MethodSource("bases")
    void scoresAsTheDecoderDoes(ModelConfig config) throws IOException {
        List<Integer> text = text(new Random(SEED).longs(LENGTH, 0, VOCABULARY).toArray(), 0, LENGTH);
        for (HeadsKind kind : HeadsKind.values()) {
            write(config, kind);
            with(config, kind, (training, decoder) -> {
                for (int length : List.of(1, 6, 20)) {
                    float[] hidden = seen(decoder, kind, text, length);
                    for (int head = 0; head < 2; head++) {
                        float[] scores = kind.grounded()
                                ? decoder.headScores(hidden, text.subList(length, length + head + 1))
                                : decoder.medusaScores(hidden, head);
                        assertThat(training.scores(text, head).get(length - 1))
                                .as("%s, head %d behind %d tokens", kind, head, length)
                                .usingComparatorWithPrecision(FLOAT_NOISE)
                                .containsExactly(scores);
                    }
                }
            });
        }
    }

    @ParameterizedTest
    @MethodSource("bases")
    void learns(ModelConfig config) throws IOException {
        write(config, HeadsKind.HYDRA_PLUS_PLUS);
        float[] weights = new float[2 * LENGTH];
        Arrays.fill(weights, 1);
        Batch batch =
                new Batch(2, new Random(SEED).longs(2 * LENGTH, 0, VOCABULARY).toArray(), weights);
        with(config, HeadsKind.HYDRA_PLUS_PLUS, (training, decoder) -> {
            double before = training.gather(batch, List.of(1.0, 1.0));
            training.update(1e-2);
            for (int step = 0; step < 30; step++) {
                training.gather(batch, List.of(1.0, 1.0));
                training.update(1e-2);
            }
            assertThat(training.gather(batch, List.of(1.0, 1.0))).isLessThan(0.5 * before);
        });
    }

    /** What the heads read behind so many tokens of a text. */
    private static float[] seen(ModelGraph decoder, HeadsKind kind, List<Integer> text, int length) {
        Frontier empty = new Frontier(List.of(0), List.of(0), List.of(text.get(length)));
        TreePath prompt = new TreePath(IntStream.range(0, length).boxed().toList());
        try (Verdict verdict = decoder.prefill(List.of(0), List.of(0), List.of(text.subList(0, length)))) {
            decoder.follow(empty, verdict, List.of(0), List.of(prompt));
            return kind == HeadsKind.HYDRA_PLUS_PLUS ? decoder.prefixed(0) : verdict.hidden(0, length - 1);
        }
    }

    private static List<Integer> text(long[] tokens, int from, int to) {
        return Arrays.stream(tokens, from, to)
                .mapToInt(token -> (int) token)
                .boxed()
                .toList();
    }

    private static ChatTokens chat(long[] tokens, int from, int to) {
        return new ChatTokens.Builder()
                .learned(IntStream.range(from, to).map(at -> (int) tokens[at]).toArray())
                .build();
    }

    private static ModelConfig.Builder base(Family family) {
        return ModelConfig.llama(VOCABULARY, 32, 3, 4)
                .family(family)
                .intermediate(48)
                .keyValueHeads(2)
                .positions(64)
                .endTokens(List.of(1));
    }

    private static HeadsConfig heads(HeadsKind kind) {
        return new HeadsConfig(kind, 2, 2, "tiny");
    }

    private void write(ModelConfig config, HeadsKind kind) throws IOException {
        List<Weight> base = lively(InitialWeights.base(config, SEED), 0.1, SEED);
        Weight scores = base.get(config.tiedEmbeddings() ? 0 : base.size() - 1);
        ModelFolders.writeBase(folder, config, base);
        HeadsFolder.write(
                folder.resolve(kind.name()),
                heads(kind),
                lively(InitialWeights.heads(heads(kind), config, scores, SEED), 0.1, SEED));
    }

    private void with(ModelConfig config, HeadsKind kind, BiConsumer<TrainingGraph, ModelGraph> test) {
        try (Checkpoint base = Checkpoint.open(folder);
                HeadsCheckpoint heads = HeadsCheckpoint.open(folder.resolve(kind.name()));
                ModelGraph decoder = ModelGraph.load(base, new GraphOptions("cpu", DataType.FLOAT32, 1, 64));
                TrainingGraph training = new TrainingGraph(
                        config, Precision.FLOAT32, new Settings(Objective.ofText(), Optimizer.ofDecay(0)))) {
            assertThat(base.config()).isEqualTo(config);
            decoder.bindHeads(heads);
            training.freezeBase(base);
            training.trainHeads(ModelFolders.readHeads(heads, base), heads(kind));
            test.accept(training, decoder);
        }
    }
}
