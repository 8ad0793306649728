package dev.hydra.training;

import static dev.hydra.training.Lively.lively;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hydra.checkpoint.Checkpoint;
import dev.hydra.checkpoint.HeadsCheckpoint;
import dev.hydra.checkpoint.HeadsConfig;
import dev.hydra.checkpoint.HeadsKind;
import dev.hydra.checkpoint.ModelConfig;
import dev.hydra.graph.DataType;
import dev.hydra.graph.Draft;
import dev.hydra.graph.Frontier;
import dev.hydra.graph.GraphOptions;
import dev.hydra.graph.ModelGraph;
import dev.hydra.graph.Verdict;
import dev.hydra.training.TrainingGraph.Settings;
import dev.hydra.tree.TreePath;
import dev.hydra.tree.TreeShape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelFoldersTest {

    private static final long SEED = 31;
    private static final float FLOAT_NOISE = 1e-5f;
    private static final ModelConfig BASE = ModelConfig.llama(61, 32, 2, 4)
            .intermediate(48)
            .keyValueHeads(2)
            .tiedEmbeddings(true)
            .positions(64)
            .endTokens(List.of(1))
            .build();

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({"MEDUSA,1", "MEDUSA,2", "HYDRA,1", "HYDRA,2", "HYDRA_PLUS_PLUS,1", "HYDRA_PLUS_PLUS,4"})
    void writesWhatTheCheckpointReaderAsksFor(HeadsKind kind, int layers) throws IOException {
        HeadsConfig config = new HeadsConfig(kind, 3, layers, "tiny");
        write(config);
        try (Checkpoint base = Checkpoint.open(folder);
                HeadsCheckpoint heads = HeadsCheckpoint.open(folder.resolve("heads"))) {
            assertThat(base.config()).isEqualTo(BASE);
            base.requireExactly(BASE.tensorShapes().keySet(), Set.of());
            heads.requireFits(base.config());
            // Medusa's tied blocks are stored once, so a folder's configuration alone says how many there are
            assertThat(heads.config()).isEqualTo(config);
            assertThat(heads.names()).isEqualTo(config.tensorShapes(BASE).keySet());
        }
    }

    @ParameterizedTest
    @CsvSource({"MEDUSA,1", "MEDUSA,3", "HYDRA,1", "HYDRA,3", "HYDRA_PLUS_PLUS,1", "HYDRA_PLUS_PLUS,4"})
    void trainsTheFunctionsThatTheDecoderRuns(HeadsKind kind, int layers) throws IOException {
        HeadsConfig config = new HeadsConfig(kind, 3, layers, "tiny");
        write(config);
        try (Checkpoint base = Checkpoint.open(folder);
                HeadsCheckpoint heads = HeadsCheckpoint.open(folder.resolve("heads"));
                ModelGraph decoder = ModelGraph.load(base, new GraphOptions("cpu", DataType.FLOAT32, 1, 64));
                TrainingGraph training = new TrainingGraph(
                        BASE, Precision.FLOAT32, new Settings(Objective.ofTeacher(), Optimizer.ofDecay(0)))) {
            decoder.bindHeads(heads);
            training.freezeBase(base);
            training.trainHeads(ModelFolders.readHeads(heads, base), config);

            Random random = new Random(SEED);
            for (int run = 0; run < 20; run++) {
                List<Integer> row = new ArrayList<>(
                        random.ints(2 + random.nextInt(9), 0, 61).boxed().toList());
                int length = row.size();
                int root = training.nextToken(row);
                Frontier empty = new Frontier(List.of(0), List.of(0), List.of(root));
                TreePath prompt =
                        new TreePath(IntStream.range(0, length).boxed().toList());
                try (Verdict verdict = decoder.prefill(List.of(0), List.of(0), List.of(row))) {
                    decoder.follow(empty, verdict, List.of(0), List.of(prompt));
                }

                Frontier frontier = new Frontier(List.of(0), List.of(length), List.of(root));
                TreeShape chain = TreeShape.named("chain-4").within(3, 4);
                try (Draft draft =
                        kind.grounded() ? decoder.draft(frontier, chain) : decoder.draftMedusa(frontier, chain)) {
                    for (long token : draft.tokens()[0]) {
                        row.add((int) token);
                    }
                }
                long[] tokens = row.stream().mapToLong(Integer::longValue).toArray();
                for (int head = 0; head < config.heads(); head++) {
                    // only the token that this head drafted counts
                    float[] counted = new float[tokens.length];
                    counted[length + 1 + head] = 1;
                    var figures = training.figures(new Batch(1, tokens, counted));
                    assertThat(figures.get(head).textAccuracy(1))
                            .as("head %d after %s", head, row)
                            .isEqualTo(1);
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"MEDUSA,1", "MEDUSA,3", "HYDRA,1", "HYDRA,3", "HYDRA_PLUS_PLUS,1", "HYDRA_PLUS_PLUS,4"})
    void scoresAsTheDecoderDoes(HeadsKind kind, int layers) throws IOException {
        HeadsConfig config = new HeadsConfig(kind, 3, layers, "tiny");
        write(config);
        try (Checkpoint base = Checkpoint.open(folder);
                HeadsCheckpoint heads = HeadsCheckpoint.open(folder.resolve("heads"));
                ModelGraph decoder = ModelGraph.load(base, new GraphOptions("cpu", DataType.FLOAT32, 1, 64));
                HeadRanks ranker = HeadRanks.open(folder, folder.resolve("heads"), "cpu");
                TrainingGraph training = new TrainingGraph(
                        BASE, Precision.FLOAT32, new Settings(Objective.ofTeacher(), Optimizer.ofDecay(0)))) {
            decoder.bindHeads(heads);
            training.freezeBase(base);
            training.trainHeads(ModelFolders.readHeads(heads, base), config);
            List<Integer> text = new Random(SEED).ints(16, 0, 61).boxed().toList();
            List<List<Integer>> ranks = ranker.ranks(text, 0);
            for (int length : List.of(1, 6, 12)) {
                Frontier empty = new Frontier(List.of(0), List.of(0), List.of(text.get(length)));
                TreePath prompt =
                        new TreePath(IntStream.range(0, length).boxed().toList());
                float[] hidden;
                try (Verdict verdict = decoder.prefill(List.of(0), List.of(0), List.of(text.subList(0, length)))) {
                    decoder.follow(empty, verdict, List.of(0), List.of(prompt));
                    hidden = kind == HeadsKind.HYDRA_PLUS_PLUS ? decoder.prefixed(0) : verdict.hidden(0, length - 1);
                }
                for (int head = 0; head < 3; head++) {
                    float[] scores = kind.grounded()
                            ? decoder.headScores(hidden, text.subList(length, length + head + 1))
                            : decoder.medusaScores(hidden, head);
                    assertThat(training.scores(text, head).get(length - 1))
                            .as("head %d behind %d tokens", head, length)
                            .usingComparatorWithPrecision(FLOAT_NOISE)
                            .containsExactly(scores);
                    assertThat(ranks.get(length - 1).get(head))
                            .as("head %d behind %d tokens", head, length)
                            .isEqualTo(rank(scores, text.get(length + 1 + head)));
                }
            }
            // at the last places, fewer and fewer heads have a token to say
            assertThat(ranks.stream().skip(11).map(List::size)).containsExactly(3, 2, 1, 0, 0);
        }
    }

    @Test
    void ranksTokensOfEqualScoresByTheirNumbers() throws IOException {
        HeadsConfig config = new HeadsConfig(HeadsKind.HYDRA, 2, 1, "tiny");
        List<Weight> base = lively(InitialWeights.base(BASE, SEED), 0.1, SEED);
        ModelFolders.writeBase(folder, BASE, base);
        // scores are biases alone: 0, 1, 2, 0, 1, 2 and so on
        List<Weight> heads = InitialWeights.heads(config, BASE, base.get(0), SEED).stream()
                .map(weight -> {
                    if (!weight.name().startsWith("hydra_lm_head.")) {
                        return weight;
                    }
                    float[] values = new float[weight.values().length];
                    for (int token = 0; values.length == 61 && token < 61; token++) {
                        values[token] = token % 3;
                    }
                    return weight.with(values);
                })
                .toList();
        HeadsFolder.write(folder.resolve("heads"), config, heads);
        float[] scores = new float[61];
        for (int token = 0; token < 61; token++) {
            scores[token] = token % 3;
        }
        List<Integer> text = IntStream.range(0, 61).boxed().toList();
        try (HeadRanks ranker = HeadRanks.open(folder, folder.resolve("heads"), "cpu")) {
            List<List<Integer>> ranks = ranker.ranks(text, 0);
            for (int place = 0; place + 3 < 61; place++) {
                assertThat(ranks.get(place))
                        .containsExactly(rank(scores, text.get(place + 2)), rank(scores, text.get(place + 3)));
            }
        }
    }

    /** Of equal scores, the lower token comes first. */
    private static int rank(float[] scores, int token) {
        return (int) IntStream.range(0, scores.length)
                .filter(other -> scores[other] > scores[token] || (scores[other] == scores[token] && other < token))
                .count();
    }

    private void write(HeadsConfig config) throws IOException {
        List<Weight> base = lively(InitialWeights.base(BASE, SEED), 0.1, SEED);
        ModelFolders.writeBase(folder, BASE, base);
        HeadsFolder.write(
                folder.resolve("heads"),
                config,
                lively(InitialWeights.heads(config, BASE, base.get(0), SEED), 0.1, SEED));
    }
}
