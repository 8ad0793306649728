package dev.hydra.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hydra.Discard;
import dev.hydra.Golden;
import dev.hydra.ReferenceDecoder;
import dev.hydra.Rig;
import dev.hydra.TinyHeads;
import dev.hydra.TinyLlama;
import dev.hydra.checkpoint.HeadsConfig;
import dev.hydra.checkpoint.HeadsKind;
import dev.hydra.checkpoint.ModelConfig;
import dev.hydra.checkpoint.StorageType;
import dev.hydra.draft.Drafter;
import dev.hydra.grammar.BruteForce;
import dev.hydra.grammar.Documents;
import dev.hydra.grammar.Grammar;
import dev.hydra.grammar.Guide;
import dev.hydra.grammar.Guides;
import dev.hydra.grammar.RandomSchemas;
import dev.hydra.grammar.RandomVocabulary;
import dev.hydra.grammar.TokenTrie;
import dev.hydra.sampling.Exact;
import dev.hydra.sampling.SamplingOptions;
import dev.hydra.sampling.Typical;
import dev.hydra.tree.TreeShape;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Answers that have to fit a schema do, and drafting does not change them. */
class GuidedDecodingTest {
    private static final int MODELS_PER_BLOCK = 3;
    private static final int FOLLOWED_PER_BLOCK = 2;
    private static final int SCENES_PER_MODEL = 4;
    private static final int SEQUENCES_PER_SCENE = 4;
    private static final int POSITIONS = 128;

    /** More tokens than a test's cache row has room for, beside a prompt. */
    private static final int LONGEST = 100;

    /** Two tokens whose scores are nearer than this are a tie to float32. */
    private static final double FLOAT_TIE = 1e-4;

    private static int documents;
    private static int free;
    private static DecodeStatistics guided = DecodeStatistics.none();

    @TempDir
    Path folder;

    @AfterAll
    static void showsWhatWasCompared() {
        System.out.printf(
                "documents %d beside %d other answers, acceptance length %.2f%n",
                documents, free, guided.acceptanceLength());
    }

    /** A model over a vocabulary that can spell JSON, with heads of two kinds. */
    private record Model(Rig rig, List<byte[]> tokens, TokenTrie trie, Guides guides, Map<HeadsKind, Integer> heads)
            implements AutoCloseable {

        static Model random(Path folder, Random random, long seed) {
            List<byte[]> tokens = RandomVocabulary.next(random);
            ModelConfig config = RandomModels.config(random, tokens.size());
            Path base = new TinyLlama(config, StorageType.FLOAT32, seed).write(folder.resolve("base" + seed));
            HeadsKind hydra = random.nextBoolean() ? HeadsKind.HYDRA : HeadsKind.HYDRA_PLUS_PLUS;
            Map<HeadsKind, Integer> heads =
                    new EnumMap<>(Map.of(HeadsKind.MEDUSA, 1 + random.nextInt(4), hydra, 1 + random.nextInt(4)));
            List<Path> folders = new ArrayList<>();
            heads.forEach(
                    (kind, count) -> folders.add(TinyHeads.seeded(seed, config, new HeadsConfig(kind, count, 1, "tiny"))
                            .write(folder.resolve("heads" + seed + kind))));
            TokenTrie trie = new TokenTrie(tokens);
            return new Model(
                    new Rig(Rig.options(SEQUENCES_PER_SCENE, POSITIONS), base, folders.toArray(Path[]::new)),
                    tokens,
                    trie,
                    new Guides(() -> trie, Set.of(tokens.size() - 1)),
                    heads);
        }

        Set<Integer> ends() {
            return Set.of(tokens.size() - 1);
        }

        String text(List<Integer> said) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            said.forEach(token -> bytes.writeBytes(tokens.get(token)));
            return bytes.toString(StandardCharsets.UTF_8);
        }

        DecodePlan randomPlan(Random random) {
            List<Drafter> drafters = new ArrayList<>(List.of(rig.plain()));
            heads.forEach(
                    (kind, count) -> drafters.add(rig.drafter(kind, RandomModels.tree(random, count, tokens.size()))));
            Drafter drafter = drafters.get(random.nextInt(8) == 0 ? 0 : 1 + random.nextInt(heads.size()));
            List<Integer> prompt = random.ints(1 + random.nextInt(24), 0, tokens.size())
                    .boxed()
                    .toList();
            SamplingOptions sampling = randomSampling(random, tokens.size());
            return new DecodePlan(
                    prompt, ends(), 1 + random.nextInt(40), drafter, drafter.shape(), sampling, new Exact());
        }

        @Override
        public void close() {
            rig.close();
        }
    }

    /** A schema, and a plan whose answer has to fit it. */
    private record Asked(String schema, DecodePlan plan) {

        static Asked random(Model model, Random random) {
            while (true) {
                String schema = RandomSchemas.next(random);
                Guide guide = model.guides().of(Grammar.ofSchema(schema));
                if (guide.shortest() <= LONGEST) {
                    DecodePlan plan = model.randomPlan(random);
                    int room = POSITIONS - plan.prompt().size() + 1;
                    int budget = Math.min(room, guide.shortest() + random.nextInt(random.nextBoolean() ? 4 : 60));
                    return new Asked(
                            schema,
                            new DecodePlan(
                                            plan.prompt(),
                                            plan.endTokens(),
                                            budget,
                                            plan.drafter(),
                                            plan.tree(),
                                            plan.sampling(),
                                            plan.rule())
                                    .with(guide));
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void everyAnswerFitsItsSchemaAndIsTheOneOfPlainDecoding(long block) {
        for (long seed = block * 1000; seed < block * 1000 + MODELS_PER_BLOCK; seed++) {
            Random random = new Random(seed);
            try (Model model = Model.random(folder, random, seed)) {
                for (int scene = 0; scene < SCENES_PER_MODEL; scene++) {
                    List<Asked> asked = new ArrayList<>();
                    List<Sequence> together = new ArrayList<>();
                    for (int at = 0; at < SEQUENCES_PER_SCENE; at++) {
                        // answers that may be anything among them
                        asked.add(
                                random.nextInt(4) == 0
                                        ? new Asked("", model.randomPlan(random))
                                        : Asked.random(model, random));
                        together.add(new Sequence(asked.get(at).plan(), Discard.INSTANCE));
                    }
                    model.rig().decode(together);
                    for (int at = 0; at < SEQUENCES_PER_SCENE; at++) {
                        String name = "seed %d, scene %d, sequence %d, schema %s"
                                .formatted(seed, scene, at, asked.get(at).schema());
                        compare(name, model, asked.get(at), together.get(at).completion());
                    }
                }
            }
        }
    }

    private static void compare(String name, Model model, Asked asked, Completion completion) {
        DecodePlan plan = asked.plan();
        Sequence alone = new Sequence(
                new DecodePlan(
                        plan.prompt(),
                        plan.endTokens(),
                        plan.maximumTokens(),
                        model.rig().plain(),
                        TreeShape.single(),
                        plan.sampling(),
                        plan.rule(),
                        plan.guide()),
                Discard.INSTANCE);
        model.rig().decode(List.of(alone));
        assertThat(completion.tokens()).as(name).isEqualTo(alone.tokens());
        assertThat(completion.reason()).as(name).isEqualTo(alone.completion().reason());
        if (asked.schema().isEmpty()) {
            free++;
            return;
        }
        String document = model.text(completion.tokens());
        assertThat(completion.reason()).as(name).isEqualTo(FinishReason.STOP);
        assertThat(Documents.complaint(asked.schema(), document))
                .as("%s, document %s", name, document)
                .isEmpty();
        documents++;
        guided = guided.plus(completion.statistics());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void saysTheLikeliestTokensThatBruteForceAllows(long block) {
        int decided = 0;
        for (long seed = block * 100; seed < block * 100 + FOLLOWED_PER_BLOCK; seed++) {
            Random random = new Random(seed);
            try (Model model = Model.random(folder, random, seed)) {
                ReferenceDecoder reference = new ReferenceDecoder(model.rig().checkpoint());
                for (int run = 0; run < SCENES_PER_MODEL; run++) {
                    Asked asked = Asked.random(model, random);
                    DecodePlan plan = asked.plan().with(SamplingOptions.greedy());
                    Sequence sequence = new Sequence(plan, Discard.INSTANCE);
                    model.rig().decode(List.of(sequence));
                    BruteForce force = new BruteForce(Grammar.ofSchema(asked.schema()), model.trie());
                    decided += follow(reference, force, model, sequence) ? 1 : 0;
                }
            }
        }
        assertThat(decided).isGreaterThan(FOLLOWED_PER_BLOCK);
    }

    /** Demands that every token is the likeliest of those that are allowed; whether no tie left one open. */
    private static boolean follow(ReferenceDecoder reference, BruteForce force, Model model, Sequence sequence) {
        List<Integer> said = new ArrayList<>();
        List<Integer> text = new ArrayList<>(sequence.plan().prompt());
        for (int token : sequence.tokens()) {
            double[] scores = reference.logits(text)[text.size() - 1];
            int left = sequence.plan().maximumTokens() - said.size() - 1;
            BitSet allowed = force.allowed(said, left);
            model.ends().forEach(end -> allowed.set(end, force.isComplete(said)));
            int best = -1;
            double second = Double.NEGATIVE_INFINITY;
            for (int other : allowed.stream().toArray()) {
                if (best < 0 || scores[other] > scores[best]) {
                    second = best < 0 ? second : scores[best];
                    best = other;
                } else {
                    second = Math.max(second, scores[other]);
                }
            }
            if (scores[best] - second < FLOAT_TIE) {
                return false;
            }
            assertThat(token).as("behind %s", model.text(said)).isEqualTo(best);
            said.add(token);
            text.add(token);
        }
        return true;
    }

    /** Untrained heads are seldom right; these are right so often that whole paths are kept inside strings. */
    @ParameterizedTest
    @ValueSource(strings = {"base-a-hydra", "base-a-hydrapp", "base-a-medusa"})
    void draftsOfTrainedHeadsAreKeptInsideADocument(String set) {
        HeadsKind kind = HeadsConfig.read(Golden.headsFolder(set)).kind();
        String schema = "{\"type\":\"array\",\"items\":{\"type\":\"string\",\"minLength\":20},\"minItems\":1}";
        DecodeStatistics kept = DecodeStatistics.none();
        try (Rig rig = new Rig(Rig.options(1, 256), Golden.baseFolder("base-a"), Golden.headsFolder(set))) {
            int vocabulary = rig.graph().config().vocabulary();
            for (long seed = 0; seed < 12; seed++) {
                Random random = new Random(seed);
                List<byte[]> tokens = new ArrayList<>();
                for (int token = 0; token < vocabulary; token++) {
                    String letters = random.ints(1 + random.nextInt(3), 'a', 'z' + 1)
                            .mapToObj(Character::toString)
                            .collect(Collectors.joining());
                    tokens.add((token < 4 ? "[]\",".substring(token, token + 1) : letters)
                            .getBytes(StandardCharsets.UTF_8));
                }
                Guides guides = new Guides(() -> new TokenTrie(tokens), Set.of());
                List<Integer> prompt = random.ints(1 + random.nextInt(9), 4, vocabulary)
                        .boxed()
                        .toList();
                DecodePlan plan = DecodePlan.greedy(
                                prompt,
                                Set.of(),
                                120,
                                rig.drafter(kind, TreeShape.named("default").within(3, 12)))
                        .with(SamplingOptions.builder()
                                .temperature(seed % 2 * 0.4)
                                .seed(seed)
                                .build())
                        .with(guides.of(Grammar.ofSchema(schema)));
                Sequence drafted = new Sequence(plan, Discard.INSTANCE);
                Sequence plain = new Sequence(
                        new DecodePlan(
                                prompt,
                                Set.of(),
                                120,
                                rig.plain(),
                                TreeShape.single(),
                                plan.sampling(),
                                plan.rule(),
                                plan.guide()),
                        Discard.INSTANCE);
                rig.decode(List.of(drafted));
                rig.decode(List.of(plain));
                ByteArrayOutputStream document = new ByteArrayOutputStream();
                drafted.tokens().forEach(token -> document.writeBytes(tokens.get(token)));
                assertThat(drafted.tokens()).isEqualTo(plain.tokens());
                assertThat(Documents.complaint(schema, document.toString(StandardCharsets.UTF_8)))
                        .isEmpty();
                kept = kept.plus(drafted.completion().statistics());
            }
        }
        System.out.printf("%s: acceptance length inside documents %.2f%n", set, kept.acceptanceLength());
        assertThat(kept.acceptanceLength()).isGreaterThan(1.2);
    }

    @Test
    void whatHasToBeWrittenIsDrafted() {
        String schema =
                "{\"type\":\"object\",\"properties\":{\"a property whose name is rather long\":{\"const\":\"and whose value, too\"}},"
                        + "\"required\":[\"a property whose name is rather long\"]}";
        DecodeStatistics all = DecodeStatistics.none();
        for (long seed = 70; seed < 74; seed++) {
            Random random = new Random(seed);
            try (Model model = Model.random(folder, random, seed)) {
                Guide guide = model.guides().of(Grammar.ofSchema(schema));
                for (Map.Entry<HeadsKind, Integer> heads : model.heads().entrySet()) {
                    Drafter drafter = model.rig()
                            .drafter(heads.getKey(), TreeShape.named("default").within(heads.getValue(), 12));
                    Sequence sequence = new Sequence(
                            DecodePlan.greedy(List.of(1), model.ends(), 110, drafter)
                                    .with(guide),
                            Discard.INSTANCE);
                    model.rig().decode(List.of(sequence));
                    Sequence plain = new Sequence(
                            DecodePlan.greedy(
                                            List.of(1),
                                            model.ends(),
                                            110,
                                            model.rig().plain())
                                    .with(guide),
                            Discard.INSTANCE);
                    model.rig().decode(List.of(plain));
                    assertThat(sequence.tokens()).isEqualTo(plain.tokens());
                    all = all.plus(sequence.completion().statistics());
                }
            }
        }
        // heads that have learnt nothing are right once in three hundred times
        assertThat(all.acceptanceLength()).isGreaterThan(1.3);
    }

    @Test
    void typicalAcceptanceKeepsTheGrammarToo() {
        for (long seed = 50; seed < 54; seed++) {
            Random random = new Random(seed);
            try (Model model = Model.random(folder, random, seed)) {
                for (int run = 0; run < 6; run++) {
                    Asked asked = Asked.random(model, random);
                    DecodePlan plan = asked.plan()
                            .with(SamplingOptions.of(0.1 + random.nextDouble()))
                            .with(Typical.standard());
                    Sequence sequence = new Sequence(plan, Discard.INSTANCE);
                    model.rig().decode(List.of(sequence));
                    String document = model.text(sequence.tokens());
                    assertThat(Documents.complaint(asked.schema(), document))
                            .as(document)
                            .isEmpty();
                }
            }
        }
    }

    @Test
    void refusesABudgetThatNoDocumentFitsIn() {
        try (Model model = Model.random(folder, new Random(60), 60)) {
            Guide guide = model.guides().of(Grammar.ofSchema("{\"enum\":[\"a long constant of many tokens\"]}"));
            DecodePlan plan = DecodePlan.greedy(
                    List.of(1), model.ends(), guide.shortest() - 1, model.rig().plain());
            assertThatThrownBy(() -> plan.with(guide))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("raise its maximum tokens");
        }
    }

    private static SamplingOptions randomSampling(Random random, int vocabulary) {
        SamplingOptions.Builder options = SamplingOptions.builder().seed(random.nextLong());
        if (random.nextInt(3) > 0) {
            options.temperature(0.1 + 1.5 * random.nextDouble());
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
            options.logitBias(Map.of(random.nextInt(vocabulary), 6 * random.nextDouble() - 3, vocabulary - 1, 50.0));
        }
        return options.build();
    }
}
