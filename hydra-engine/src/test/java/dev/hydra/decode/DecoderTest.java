package dev.hydra.decode;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hydra.Golden;
import dev.hydra.ReferenceDecoder;
import dev.hydra.TinyHeads;
import dev.hydra.TinyLlama;
import dev.hydra.checkpoint.Checkpoint;
import dev.hydra.checkpoint.HeadsCheckpoint;
import dev.hydra.checkpoint.ModelConfig;
import dev.hydra.checkpoint.StorageType;
import dev.hydra.draft.Drafter;
import dev.hydra.draft.HydraDrafter;
import dev.hydra.draft.SingleNodeDrafter;
import dev.hydra.graph.DataType;
import dev.hydra.graph.GraphOptions;
import dev.hydra.graph.ModelGraph;
import dev.hydra.sampling.Exact;
import dev.hydra.tree.TreeShape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever the base, the heads and the tree, the loop says what the definition of correct says. */
class DecoderTest {
    private static final int MODELS_PER_BLOCK = 12;
    private static final int RUNS_PER_MODEL = 4;

    /** Two tokens whose scores are nearer than this are a tie to float32; a run that meets one decides nothing. */
    private static final double FLOAT_TIE = 1e-4;

    private static int compared;
    private static int ties;
    private static long accepted;

    @TempDir
    Path folder;

    @AfterAll
    static void showsWhatWasCompared() {
        System.out.printf(
                "random runs compared %d, undecided by ties %d, accepted tokens %d%n", compared, ties, accepted);
        if (compared > RUNS_PER_MODEL) {
            assertThat(ties).isLessThan(compared / 10);
            assertThat(accepted).isPositive();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void emitsExactlyTheReferenceTokensWhateverTheHeadsAndTheTree(long block) {
        for (long seed = block * 1000; seed < block * 1000 + MODELS_PER_BLOCK; seed++) {
            Random random = new Random(seed);
            ModelConfig config = randomConfig(random);
            int heads = 1 + random.nextInt(4);
            Path base = new TinyLlama(config, StorageType.FLOAT32, seed).write(folder.resolve("base" + seed));
            Path draft =
                    TinyHeads.seeded(seed, config, heads, 1 + random.nextInt(2)).write(folder.resolve("heads" + seed));
            try (Checkpoint checkpoint = Checkpoint.open(base);
                    HeadsCheckpoint headsCheckpoint = HeadsCheckpoint.open(draft);
                    ModelGraph graph = ModelGraph.load(checkpoint, options(2, 96))) {
                graph.bindHeads(headsCheckpoint, heads);
                ReferenceDecoder reference = new ReferenceDecoder(checkpoint);
                for (int run = 0; run < RUNS_PER_MODEL; run++) {
                    TreeShape shape = randomTree(random, heads);
                    compare("seed %d, run %d, tree %s".formatted(seed, run, shape), random, reference, graph, shape);
                }
            }
        }
    }

    private static void compare(
            String name, Random random, ReferenceDecoder reference, ModelGraph graph, TreeShape shape) {
        List<Integer> prompt = randomPrompt(random, graph.config().vocabulary(), 1 + random.nextInt(30));
        int budget = 1 + random.nextInt(50);
        // a row of 96 positions may fill up before the budget is spent; the last token needs no position
        int most = Math.min(budget, graph.positions() - prompt.size() + 1);
        if (reference.smallestGap(prompt, most) < FLOAT_TIE) {
            ties++;
            return;
        }
        List<Integer> expected = reference.generate(prompt, most);
        Set<Integer> ends = random.nextBoolean()
                ? Set.of()
                : new HashSet<>(List.of(expected.get(random.nextInt(expected.size())), 0));
        int end = IntStream.range(0, expected.size())
                .filter(at -> ends.contains(expected.get(at)))
                .findFirst()
                .orElse(expected.size() - 1);
        Sequence sequence = new Sequence(prompt, ends, budget, new Collector());
        sequence.place(random.nextInt(2));
        decode(graph, new HydraDrafter(graph, shape), List.of(sequence));

        Completion completion = sequence.completion();
        assertThat(completion.tokens()).as(name).isEqualTo(expected.subList(0, end + 1));
        assertThat(completion.reason())
                .as(name)
                .isEqualTo(ends.contains(expected.get(end)) ? FinishReason.STOP : FinishReason.LENGTH);
        DecodeStatistics statistics = completion.statistics();
        assertThat(statistics.generatedTokens()).isEqualTo(end + 1L);
        assertThat(statistics.promptTokens()).isEqualTo(prompt.size());
        long kept = statistics.accepted().stream().mapToLong(Long::longValue).sum();
        // every step adds one bonus token, but for a last one that an end token cut short
        assertThat(statistics.generatedTokens() - 1 - kept).isBetween(statistics.steps() - 1, statistics.steps());
        compared++;
        accepted += kept;
    }

    @Test
    void plainDecodingYieldsOneTokenPerStep() {
        Path base = TinyLlama.seeded(7).write(folder.resolve("base"));
        try (Checkpoint checkpoint = Checkpoint.open(base);
                ModelGraph graph = ModelGraph.load(checkpoint, options(1, 64))) {
            Sequence sequence = new Sequence(List.of(5, 6, 7), Set.of(), 20, new Collector());
            sequence.place(0);
            decode(graph, new SingleNodeDrafter(graph), List.of(sequence));
            Completion completion = sequence.completion();
            assertThat(completion.tokens()).isEqualTo(ReferenceDecoder.generate(checkpoint, List.of(5, 6, 7), 20));
            assertThat(completion.statistics().steps()).isEqualTo(19);
            assertThat(completion.statistics().acceptanceLength()).isEqualTo(1.0);
            assertThat(completion.statistics().drafted()).isEmpty();
        }
    }

    @Test
    void sequencesOfABatchDoNotSeeOneAnother() {
        Path base = TinyLlama.seeded(11).write(folder.resolve("base"));
        try (Checkpoint checkpoint = Checkpoint.open(base);
                ModelGraph graph = ModelGraph.load(checkpoint, options(5, 128))) {
            Path draft = TinyHeads.seeded(12, checkpoint.config(), 3, 1).write(folder.resolve("heads"));
            try (HeadsCheckpoint heads = HeadsCheckpoint.open(draft)) {
                graph.bindHeads(heads, 3);
            }
            Random random = new Random(13);
            int vocabulary = checkpoint.config().vocabulary();
            // neighbours in the cache, and not
            for (List<Integer> rows : List.of(List.of(1, 2, 3), List.of(4, 0, 2))) {
                List<Sequence> sequences = new ArrayList<>();
                for (int row : rows) {
                    Sequence sequence = new Sequence(
                            randomPrompt(random, vocabulary, 1 + random.nextInt(40)), Set.of(), 30, new Collector());
                    sequence.place(row);
                    sequences.add(sequence);
                }
                TreeShape shape = TreeShape.named("default").within(3, 12);
                decode(graph, new HydraDrafter(graph, shape), sequences);
                for (Sequence sequence : sequences) {
                    assertThat(sequence.tokens())
                            .isEqualTo(ReferenceDecoder.generate(checkpoint, sequence.prompt(), 30));
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5, 64})
    void readsAPromptInChunksOfAnySize(int chunk) {
        Path base = TinyLlama.seeded(17).write(folder.resolve("base"));
        try (Checkpoint checkpoint = Checkpoint.open(base);
                ModelGraph graph = ModelGraph.load(checkpoint, options(1, 64))) {
            List<Integer> prompt =
                    randomPrompt(new Random(18), checkpoint.config().vocabulary(), 23);
            Sequence sequence = new Sequence(prompt, Set.of(), 5, new Collector());
            sequence.place(0);
            Decoder decoder =
                    new Decoder(graph, new SingleNodeDrafter(graph), new Exact(graph), new DecodeListener() {});
            decoder.prefill(sequence, chunk);
            while (!sequence.isFinished()) {
                decoder.step(new Batch(List.of(sequence)));
            }
            assertThat(sequence.tokens()).isEqualTo(ReferenceDecoder.generate(checkpoint, prompt, 5));
        }
    }

    @Test
    void endsWithAnyTokenOfAnAcceptedSpan() {
        try (Checkpoint checkpoint = Checkpoint.open(Golden.baseFolder("base-a"));
                HeadsCheckpoint heads = HeadsCheckpoint.open(Golden.headsFolder("base-a-hydra"));
                ModelGraph graph = ModelGraph.load(checkpoint, options(1, 256))) {
            graph.bindHeads(heads, 4);
            HydraDrafter drafter = new HydraDrafter(graph, TreeShape.named("hydra-63"));
            List<Integer> expected = ReferenceDecoder.generate(checkpoint, List.of(23, 64), 24);
            for (int length = 1; length < expected.size(); length++) {
                Collector stopping = new Collector(length);
                Sequence stopped = new Sequence(List.of(23, 64), Set.of(), 24, stopping);
                Collector cancelling = new Collector();
                Sequence cancelled = new Sequence(List.of(23, 64), Set.of(), 24, cancelling);
                int last = length;
                cancelling.afterEach(() -> {
                    if (cancelling.tokens.size() == last) {
                        cancelled.cancel();
                    }
                });
                for (Sequence sequence : List.of(stopped, cancelled)) {
                    sequence.place(0);
                    decode(graph, drafter, List.of(sequence));
                    assertThat(sequence.completion().tokens()).isEqualTo(expected.subList(0, length));
                    assertThat(sequence.completion().statistics().generatedTokens())
                            .isEqualTo(length);
                }
                assertThat(stopping.tokens).isEqualTo(expected.subList(0, length));
                assertThat(cancelling.tokens).isEqualTo(expected.subList(0, length));
                assertThat(stopped.completion().reason()).isEqualTo(FinishReason.STOP);
                assertThat(cancelled.completion().reason()).isEqualTo(FinishReason.CANCELLED);
            }
        }
    }

    private static void decode(ModelGraph graph, Drafter drafter, List<Sequence> sequences) {
        Decoder decoder = new Decoder(graph, drafter, new Exact(graph), new DecodeListener() {});
        sequences.forEach(sequence -> decoder.prefill(sequence, 16));
        List<Sequence> running = new ArrayList<>(sequences);
        for (running.removeIf(Sequence::isFinished); !running.isEmpty(); running.removeIf(Sequence::isFinished)) {
            decoder.step(new Batch(running));
        }
    }

    private static GraphOptions options(int rows, int positions) {
        return new GraphOptions("cpu", DataType.FLOAT32, rows, positions);
    }

    private static List<Integer> randomPrompt(Random random, int vocabulary, int length) {
        return random.ints(length, 0, vocabulary).boxed().toList();
    }

    private static ModelConfig randomConfig(Random random) {
        int keyValueHeads = 1 + random.nextInt(3);
        int heads = keyValueHeads * (1 + random.nextInt(3));
        int headWidth = 2 * (2 + random.nextInt(5));
        return ModelConfig.llama(23 + random.nextInt(40), 8 * (1 + random.nextInt(5)), 1 + random.nextInt(3), heads)
                .keyValueHeads(keyValueHeads)
                .headWidth(headWidth)
                .intermediate(8 + random.nextInt(60))
                .positions(128)
                .ropeTheta(random.nextBoolean() ? 10000 : 500)
                .tiedEmbeddings(random.nextBoolean())
                .attentionBias(random.nextBoolean())
                .build();
    }

    /** A random tree, no deeper than there are heads; half of them wide enough to accept something now and then. */
    private static TreeShape randomTree(Random random, int depth) {
        int nodes = random.nextInt(random.nextBoolean() ? 6 : 40);
        TreeSet<List<Integer>> paths =
                new TreeSet<>((one, other) -> one.toString().compareTo(other.toString()));
        List<List<Integer>> open = new ArrayList<>(List.of(List.of()));
        int[] children = new int[nodes + 1];
        for (int node = 0; node < nodes; node++) {
            int at = random.nextInt(open.size());
            List<Integer> path = new ArrayList<>(open.get(at));
            if (path.size() == depth || children[at] == 20) {
                continue;
            }
            path.add(children[at]++);
            open.add(path);
            paths.add(path);
        }
        return TreeShape.ofPaths(List.copyOf(paths));
    }

    /** Collects tokens, and ends the sequence after as many as asked for. */
    private static final class Collector implements TokenSink {
        private final int last;
        private final List<Integer> tokens = new ArrayList<>();
        private Runnable afterEach = () -> {};

        Collector() {
            this(Integer.MAX_VALUE);
        }

        Collector(int last) {
            this.last = last;
        }

        void afterEach(Runnable afterEach) {
            this.afterEach = afterEach;
        }

        @Override
        public boolean append(int token, int depth) {
            tokens.add(token);
            afterEach.run();
            return tokens.size() == last;
        }

        @Override
        public void flush() {}

        @Override
        public String text() {
            return "";
        }
    }
}
