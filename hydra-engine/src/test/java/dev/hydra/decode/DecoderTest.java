package dev.hydra.decode;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hydra.Golden;
import dev.hydra.ReferenceDecoder;
import dev.hydra.Rig;
import dev.hydra.TinyHeads;
import dev.hydra.TinyLlama;
import dev.hydra.checkpoint.ModelConfig;
import dev.hydra.checkpoint.StorageType;
import dev.hydra.draft.Drafter;
import dev.hydra.draft.HydraDrafter;
import dev.hydra.graph.ModelGraph;
import dev.hydra.tree.TreeShape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
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
            ModelConfig config = RandomModels.config(random, 23 + random.nextInt(40));
            int heads = 1 + random.nextInt(4);
            Path base = new TinyLlama(config, StorageType.FLOAT32, seed).write(folder.resolve("base" + seed));
            Path draft =
                    TinyHeads.seeded(seed, config, heads, 1 + random.nextInt(2)).write(folder.resolve("heads" + seed));
            try (Rig rig = new Rig(Rig.options(2, 96), base, draft)) {
                ReferenceDecoder reference = new ReferenceDecoder(rig.checkpoint());
                for (int run = 0; run < RUNS_PER_MODEL; run++) {
                    TreeShape shape = RandomModels.tree(random, heads, config.vocabulary());
                    compare("seed %d, run %d, tree %s".formatted(seed, run, shape), random, reference, rig, shape);
                }
            }
        }
    }

    private static void compare(String name, Random random, ReferenceDecoder reference, Rig rig, TreeShape shape) {
        ModelGraph graph = rig.graph();
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
        Sequence sequence = sequence(prompt, ends, budget, new HydraDrafter(graph, shape));
        rig.decode(List.of(sequence), List.of(random.nextInt(2)));

        Completion completion = sequence.completion();
        assertThat(completion.tokens()).as(name).isEqualTo(expected.subList(0, end + 1));
        assertThat(completion.reason())
                .as(name)
                .isEqualTo(ends.contains(expected.get(end)) ? FinishReason.STOP : FinishReason.LENGTH);
        DecodeStatistics statistics = completion.statistics();
        assertThat(statistics.generatedTokens()).isEqualTo(end + 1L);
        assertThat(statistics.promptTokens()).isEqualTo(prompt.size());
        long kept = statistics.accepted().stream().mapToLong(Long::longValue).sum();
        assertThat(statistics.generatedTokens()).isEqualTo(statistics.requests() + statistics.steps() + kept);
        requireSameCounts(name, statistics);
        compared++;
        accepted += kept;
    }

    /** The histogram tells again what steps and accepted tokens there were, depth by depth. */
    private static void requireSameCounts(String name, DecodeStatistics statistics) {
        long steps = 0;
        long[] beyond = new long[statistics.accepted().size()];
        for (List<Long> row : statistics.histogram().rows().values()) {
            for (int kept = 0; kept < row.size(); kept++) {
                steps += row.get(kept);
                for (int depth = 0; depth < kept; depth++) {
                    beyond[depth] += row.get(kept);
                }
            }
        }
        assertThat(steps).as(name).isEqualTo(statistics.steps());
        assertThat(Arrays.stream(beyond).boxed().toList()).as(name).isEqualTo(statistics.accepted());
    }

    @Test
    void plainDecodingYieldsOneTokenPerStep() {
        Path base = TinyLlama.seeded(7).write(folder.resolve("base"));
        try (Rig rig = new Rig(Rig.options(1, 64), base)) {
            Sequence sequence = sequence(List.of(5, 6, 7), Set.of(), 20, rig.plain());
            rig.decode(List.of(sequence));
            Completion completion = sequence.completion();
            assertThat(completion.tokens())
                    .isEqualTo(ReferenceDecoder.generate(rig.checkpoint(), List.of(5, 6, 7), 20));
            assertThat(completion.statistics().steps()).isEqualTo(19);
            assertThat(completion.statistics().acceptanceLength()).isEqualTo(1.0);
            assertThat(completion.statistics().drafted()).isEmpty();
            assertThat(completion.statistics().histogram().rows()).isEqualTo(Map.of(0, List.of(19L)));
        }
    }

    @Test
    void sequencesOfABatchDoNotSeeOneAnother() {
        TinyLlama tiny = TinyLlama.seeded(11);
        Path base = tiny.write(folder.resolve("base"));
        Path draft = TinyHeads.seeded(12, tiny.config(), 3, 1).write(folder.resolve("heads"));
        try (Rig rig = new Rig(Rig.options(5, 128), base, draft)) {
            Random random = new Random(13);
            int vocabulary = tiny.config().vocabulary();
            // neighbours in the cache, and not
            for (List<Integer> rows : List.of(List.of(1, 2, 3), List.of(4, 0, 2))) {
                List<Sequence> sequences = new ArrayList<>();
                for (int at = 0; at < rows.size(); at++) {
                    TreeShape shape = TreeShape.named("default").within(3, 12);
                    List<Integer> prompt = randomPrompt(random, vocabulary, 1 + random.nextInt(40));
                    sequences.add(sequence(prompt, Set.of(), 30, new HydraDrafter(rig.graph(), shape)));
                }
                rig.decode(sequences, rows);
                for (Sequence sequence : sequences) {
                    assertThat(sequence.tokens())
                            .isEqualTo(ReferenceDecoder.generate(
                                    rig.checkpoint(), sequence.plan().prompt(), 30));
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5, 64})
    void readsAPromptInChunksOfAnySize(int chunk) {
        Path base = TinyLlama.seeded(17).write(folder.resolve("base"));
        try (Rig rig = new Rig(Rig.options(1, 64), base)) {
            List<Integer> prompt =
                    randomPrompt(new Random(18), rig.graph().config().vocabulary(), 23);
            Sequence sequence = sequence(prompt, Set.of(), 5, rig.plain());
            Decoder decoder = new Decoder(rig.graph(), new DecodeListener() {});
            decoder.place(sequence, 0);
            while (!sequence.isBegun()) {
                decoder.read(sequence, chunk);
            }
            while (!sequence.isFinished()) {
                decoder.step(new Batch(List.of(sequence)));
            }
            assertThat(sequence.tokens()).isEqualTo(ReferenceDecoder.generate(rig.checkpoint(), prompt, 5));
        }
    }

    @Test
    void endsWithAnyTokenOfAnAcceptedSpan() {
        try (Rig rig = new Rig(Rig.options(1, 256), Golden.baseFolder("base-a"), Golden.headsFolder("base-a-hydra"))) {
            HydraDrafter drafter = new HydraDrafter(rig.graph(), TreeShape.named("hydra-63"));
            List<Integer> expected = ReferenceDecoder.generate(rig.checkpoint(), List.of(23, 64), 24);
            for (int length = 1; length < expected.size(); length++) {
                Collector stopping = new Collector(length);
                DecodePlan plan = DecodePlan.greedy(List.of(23, 64), Set.of(), 24, drafter);
                Sequence stopped = new Sequence(plan, stopping);
                Collector cancelling = new Collector();
                Sequence cancelled = new Sequence(plan, cancelling);
                int last = length;
                cancelling.afterEach(() -> {
                    if (cancelling.tokens.size() == last) {
                        cancelled.cancel();
                    }
                });
                for (Sequence sequence : List.of(stopped, cancelled)) {
                    rig.decode(List.of(sequence));
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

    private static Sequence sequence(List<Integer> prompt, Set<Integer> ends, int budget, Drafter drafter) {
        return new Sequence(DecodePlan.greedy(prompt, ends, budget, drafter), new Collector());
    }

    private static List<Integer> randomPrompt(Random random, int vocabulary, int length) {
        return random.ints(length, 0, vocabulary).boxed().toList();
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
