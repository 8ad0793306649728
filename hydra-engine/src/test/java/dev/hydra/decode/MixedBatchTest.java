package dev.hydra.decode;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hydra.Discard;
import dev.hydra.Golden;
import dev.hydra.Rig;
import dev.hydra.TinyHeads;
import dev.hydra.TinyLlama;
import dev.hydra.checkpoint.HeadsConfig;
import dev.hydra.checkpoint.HeadsKind;
import dev.hydra.checkpoint.ModelConfig;
import dev.hydra.checkpoint.StorageType;
import dev.hydra.draft.Drafter;
import dev.hydra.sampling.Exact;
import dev.hydra.sampling.SamplingOptions;
import dev.hydra.tree.TreeShape;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whatever steps together, every sequence says what plain decoding says for it alone: random bases, heads of every kind, trees,
 * prompts, budgets, end tokens and sampling options, in batches that sequences join and leave, some of them cancelled.
 */
class MixedBatchTest {
    private static final int MODELS_PER_BLOCK = 3;
    private static final int SCENES_PER_MODEL = 4;
    private static final int SCENES_PER_TRAINED_MODEL = 18;
    private static final int SEQUENCES_PER_SCENE = 6;
    private static final int ROWS = 5;
    private static final int POSITIONS = 72;

    private static int runs;
    private static int cancelled;
    private static final Map<Integer, Integer> stepsBySize = new HashMap<>();
    private static DecodeStatistics together = DecodeStatistics.none();

    @TempDir
    Path folder;

    @AfterAll
    static void showsWhatWasCompared() {
        System.out.printf(
                "mixed batches: %d sequences, %d of them cancelled, steps by batch size %s, acceptance length %.2f, accepted %s%n",
                runs, cancelled, stepsBySize, together.acceptanceLength(), together.accepted());
        if (runs >= 1000) {
            assertThat(together.acceptanceLength()).isGreaterThan(1.15);
            assertThat(together.accepted()).hasSize(4);
            assertThat(stepsBySize.keySet()).contains(1, 2, 3, 4, 5);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void everySequenceSaysWhatPlainDecodingSaysForItAlone(long block) {
        for (long seed = block * 1000; seed < block * 1000 + MODELS_PER_BLOCK; seed++) {
            Random random = new Random(seed);
            // in a small vocabulary, drafts of untrained heads are accepted now and then
            int vocabulary = random.nextBoolean() ? 8 + random.nextInt(12) : 20 + random.nextInt(40);
            ModelConfig config = RandomModels.config(random, vocabulary);
            HeadsKind hydra = random.nextBoolean() ? HeadsKind.HYDRA : HeadsKind.HYDRA_PLUS_PLUS;
            Path base = new TinyLlama(config, StorageType.FLOAT32, seed).write(folder.resolve("base" + seed));
            Map<HeadsKind, Integer> heads = new EnumMap<>(HeadsKind.class);
            List<Path> folders = new ArrayList<>();
            for (HeadsKind kind : List.of(HeadsKind.MEDUSA, hydra)) {
                heads.put(kind, 1 + random.nextInt(4));
                HeadsConfig set = new HeadsConfig(kind, heads.get(kind), 1 + random.nextInt(3), "tiny");
                folders.add(TinyHeads.seeded(seed, config, set).write(folder.resolve("heads" + seed + kind)));
            }
            try (Rig rig = new Rig(Rig.options(ROWS, POSITIONS), base, folders.toArray(Path[]::new))) {
                for (int scene = 0; scene < SCENES_PER_MODEL; scene++) {
                    play("seed %d, scene %d".formatted(seed, scene), random, rig, heads);
                }
            }
        }
    }

    /** Untrained heads are seldom right; these are right so often that whole paths are kept. */
    @ParameterizedTest
    @CsvSource({
        "base-a, base-a-medusa, base-a-hydra, 4",
        "base-a, base-a-medusa, base-a-hydrapp, 4",
        "base-c, , base-c-hydra2, 3",
        "base-c, , base-c-hydrapp2, 4"
    })
    void everySequenceSaysWhatPlainDecodingSaysForItAloneWithTrainedHeads(
            String base, @Nullable String medusa, String hydra, int count) {
        Random random = new Random(hydra.hashCode());
        HeadsKind kind = HeadsConfig.read(Golden.headsFolder(hydra)).kind();
        Map<HeadsKind, Integer> heads = new EnumMap<>(Map.of(kind, count));
        List<Path> folders = new ArrayList<>(List.of(Golden.headsFolder(hydra)));
        if (medusa != null) {
            heads.put(HeadsKind.MEDUSA, count);
            folders.add(Golden.headsFolder(medusa));
        }
        try (Rig rig = new Rig(Rig.options(ROWS, POSITIONS), Golden.baseFolder(base), folders.toArray(Path[]::new))) {
            for (int scene = 0; scene < SCENES_PER_TRAINED_MODEL; scene++) {
                play("%s, scene %d".formatted(hydra, scene), random, rig, heads);
            }
        }
    }

    /** A sequence of a scene: what it is asked, when it joins, after how many tokens it is cancelled, and what it says. */
    private record Part(DecodePlan plan, int joins, int cancelledAfter, Sequence sequence) {}

    private static void play(String name, Random random, Rig rig, Map<HeadsKind, Integer> heads) {
        int most = 1 + random.nextInt(ROWS);
        Deque<Part> waiting = new ArrayDeque<>();
        for (int at = 0; at < SEQUENCES_PER_SCENE; at++) {
            waiting.add(randomPart(random, rig, heads));
        }
        List<Part> all = List.copyOf(waiting);
        Decoder decoder = new Decoder(rig.graph(), new DecodeListener() {});
        Part[] rows = new Part[ROWS];
        List<Part> running = new ArrayList<>();
        for (int step = 0; !waiting.isEmpty() || !running.isEmpty(); step++) {
            while (running.size() < most
                    && !waiting.isEmpty()
                    && (waiting.peek().joins() <= step || running.isEmpty())) {
                Part part = waiting.remove();
                int row = freeRow(random, rows);
                rows[row] = part;
                decoder.place(part.sequence(), row);
                while (!part.sequence().isBegun() && !part.sequence().isFinished()) {
                    decoder.read(part.sequence(), 1 + random.nextInt(9));
                }
                running.add(part);
            }
            for (Part part : running) {
                if (part.sequence().tokens().size() >= part.cancelledAfter()) {
                    part.sequence().cancel();
                }
            }
            for (int row = 0; row < ROWS; row++) {
                if (rows[row] != null && rows[row].sequence().isFinished()) {
                    running.remove(rows[row]);
                    rows[row] = null;
                }
            }
            if (!running.isEmpty()) {
                decoder.step(new Batch(running.stream().map(Part::sequence).toList()));
                stepsBySize.merge(running.size(), 1, Integer::sum);
            }
        }
        for (int at = 0; at < all.size(); at++) {
            compare("%s, sequence %d".formatted(name, at), all.get(at), rig);
        }
    }

    private static void compare(String name, Part part, Rig rig) {
        DecodePlan plan = part.plan();
        Sequence alone = new Sequence(
                new DecodePlan(
                        plan.prompt(),
                        plan.endTokens(),
                        plan.maximumTokens(),
                        rig.plain(),
                        TreeShape.single(),
                        plan.sampling(),
                        plan.rule()),
                Discard.INSTANCE);
        rig.decode(List.of(alone));
        List<Integer> said = part.sequence().tokens();
        Completion completion = part.sequence().completion();
        if (completion.reason() == FinishReason.CANCELLED) {
            assertThat(alone.tokens().subList(0, said.size())).as(name).isEqualTo(said);
            cancelled++;
        } else {
            assertThat(said).as("%s, %s", name, plan.sampling()).isEqualTo(alone.tokens());
            assertThat(completion.reason())
                    .as(name)
                    .isEqualTo(alone.completion().reason());
        }
        DecodeStatistics statistics = completion.statistics();
        long accepted =
                statistics.accepted().stream().mapToLong(Long::longValue).sum();
        assertThat(statistics.generatedTokens()).isEqualTo(said.size());
        assertThat(statistics.requests() + statistics.steps() + accepted).isEqualTo(said.size());
        for (int depth = 0; depth < statistics.accepted().size(); depth++) {
            assertThat(statistics.accepted().get(depth)).isLessThanOrEqualTo(statistics.steps());
        }
        runs++;
        together = together.plus(statistics);
    }

    private static int freeRow(Random random, Part[] rows) {
        int row = random.nextInt(ROWS);
        while (rows[row] != null) {
            row = (row + 1) % ROWS;
        }
        return row;
    }

    private static Part randomPart(Random random, Rig rig, Map<HeadsKind, Integer> heads) {
        int vocabulary = rig.graph().config().vocabulary();
        List<Integer> prompt =
                random.ints(1 + random.nextInt(24), 0, vocabulary).boxed().toList();
        Set<Integer> ends = new HashSet<>();
        if (random.nextInt(3) == 0) {
            ends.add(random.nextInt(vocabulary));
        }
        // now and then more than there is room for in a cache row
        int budget = 1 + random.nextInt(random.nextInt(8) == 0 ? 90 : 24);
        List<Drafter> drafters = new ArrayList<>(List.of(rig.plain()));
        List<TreeShape> trees = new ArrayList<>(List.of(TreeShape.single()));
        heads.forEach((kind, count) -> {
            trees.add(RandomModels.tree(random, count, vocabulary));
            drafters.add(rig.drafter(kind, trees.get(trees.size() - 1)));
        });
        // plain decoding among the drafting, but not too often
        int chosen = random.nextInt(8) == 0 ? 0 : 1 + random.nextInt(heads.size());
        DecodePlan plan = new DecodePlan(
                prompt,
                ends,
                budget,
                drafters.get(chosen),
                trees.get(chosen),
                randomSampling(random, vocabulary),
                new Exact());
        int cancelledAfter = random.nextInt(6) == 0 ? random.nextInt(12) : Integer.MAX_VALUE;
        return new Part(plan, random.nextInt(5), cancelledAfter, new Sequence(plan, Discard.INSTANCE));
    }

    private static SamplingOptions randomSampling(Random random, int vocabulary) {
        SamplingOptions.Builder options = SamplingOptions.builder().seed(random.nextLong());
        if (random.nextInt(3) > 0) {
            options.temperature(0.1 + 1.5 * random.nextDouble() * random.nextDouble());
        }
        if (random.nextInt(3) == 0) {
            options.topK(1 + random.nextInt(vocabulary + 5));
        }
        if (random.nextInt(3) == 0) {
            options.topP(0.05 + 0.95 * random.nextDouble());
        }
        if (random.nextInt(3) == 0) {
            options.minP(0.3 * random.nextDouble());
        }
        if (random.nextInt(4) == 0) {
            options.repetitionPenalty(0.7 + random.nextDouble());
        }
        if (random.nextInt(4) == 0) {
            options.frequencyPenalty(2 * random.nextDouble() - 0.5);
        }
        if (random.nextInt(4) == 0) {
            options.presencePenalty(2 * random.nextDouble() - 0.5);
        }
        if (random.nextInt(4) == 0) {
            options.logitBias(Map.of(
                    vocabulary / 2 + random.nextInt(vocabulary / 2),
                    6 * random.nextDouble() - 3,
                    random.nextInt(vocabulary / 2),
                    -100.0));
        }
        return options.build();
    }
}
