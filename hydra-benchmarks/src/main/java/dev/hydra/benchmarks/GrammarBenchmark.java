package dev.hydra.benchmarks;

import com.google.gson.Gson;
import dev.hydra.Hydra;
import dev.hydra.HydraOptions;
import dev.hydra.checkpoint.Checkpoint;
import dev.hydra.checkpoint.ModelConfig;
import dev.hydra.decode.DecodeStatistics;
import dev.hydra.demo.DemoModel;
import dev.hydra.draft.DecodingMode;
import dev.hydra.grammar.Grammar;
import dev.hydra.grammar.Guide;
import dev.hydra.grammar.Guides;
import dev.hydra.grammar.Place;
import dev.hydra.grammar.TokenTrie;
import dev.hydra.graph.DataType;
import dev.hydra.graph.Draft;
import dev.hydra.graph.Frontier;
import dev.hydra.graph.GraphOptions;
import dev.hydra.graph.ModelGraph;
import dev.hydra.graph.Verdict;
import dev.hydra.schedule.GenerationRequest;
import dev.hydra.tree.TreeShape;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * What does it cost that an answer has to fit a schema?
 *
 * <p>{@code mvn -q -pl hydra-benchmarks -am process-classes exec:exec@grammar}
 *
 * <p>Prints lines of JSON. {@code sets}: for each size of vocabulary (synthetic ones, and the embedded model's), what it takes to build
 * its trie and a guide, to find the legal tokens of a place for the first time, and to look them up again, along two documents, one of
 * them of a schema and one any object. {@code masks}: for each size, what it takes to bring the drafted tokens of a tree of 64 nodes to
 * the host, and to take the illegal tokens from the scores of so many nodes, with sets that the device knows and with new ones; the
 * model is a random one, of one narrow layer. {@code answers}: for the embedded model and each mode, milliseconds per step and acceptance length, of answers
 * that fit the schema and of answers to the same questions that may be anything. Milliseconds, medians over the rounds with the lowest and
 * the highest.
 */
@Command(name = "grammar", mixinStandardHelpOptions = true)
final class GrammarBenchmark implements Callable<Integer> {
    private static final long SEED = 12;
    private static final int NODES = 64;
    private static final int EMBEDDED = 0;
    private static final int TOKENS = 120;
    private static final List<String> QUESTIONS = List.of(
            "Tell me a story about a fox.", "What can you do?", "Who is your best friend?", "Tell me about the sea.");

    private static final String SCHEMA = """
            {"type": "object",
             "properties": {
               "title": {"type": "string", "maxLength": 80},
               "year": {"type": "integer", "minimum": 1900, "maximum": 2100},
               "genre": {"enum": ["comedy", "drama", "documentary"]},
               "actors": {"type": "array", "items": {"type": "object",
                 "properties": {"name": {"type": "string"}, "lead": {"type": "boolean"}},
                 "required": ["name", "lead"], "additionalProperties": false}},
               "summary": {"type": "string", "minLength": 40}},
             "required": ["title", "year", "genre", "actors", "summary"], "additionalProperties": false}
            """;

    private static final String FILM = """
            {"title":"the river runs home","year":1994,"genre":"drama","actors":[{"name":"Wetalo Besin","lead":true},\
            {"name":"Goba Ner","lead":false}],"summary":"a ferryman who lost his boat finds a sister that he never knew, and the way back"}""";

    @Option(
            names = "--vocabularies",
            split = ",",
            description = "sizes, 0 for the embedded model's (default: ${DEFAULT-VALUE})")
    private List<Integer> vocabularies = List.of(EMBEDDED, 32_000, 128_000);

    @Option(names = "--rounds", description = "measured rounds (default: ${DEFAULT-VALUE})")
    private int rounds = 5;

    /** Runs the benchmark and ends the JVM. */
    public static void main(String[] arguments) {
        System.exit(new CommandLine(new GrammarBenchmark()).execute(arguments));
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Machine machine = Machine.read();
        DemoModel demo = DemoModel.extract();
        try (Hydra hydra = Hydra.open(HydraOptions.builder(demo.model())
                .heads(List.of(demo.heads(), demo.medusa()))
                .device("cpu")
                .build())) {
            for (int size : vocabularies) {
                List<byte[]> tokens = size == EMBEDDED ? tokens(hydra) : SyntheticVocabulary.of(size, SEED);
                for (boolean anything : new boolean[] {false, true}) {
                    print(
                            "sets",
                            tokens.size(),
                            machine,
                            sets(tokens, anything ? Grammar.anyObject() : Grammar.ofSchema(SCHEMA)));
                }
                print("masks", tokens.size(), machine, masks(tokens.size()));
            }
            for (DecodingMode mode : DecodingMode.values()) {
                print("answers", hydra.tokenizer().vocabulary(), machine, answers(hydra, mode));
            }
        }
        return 0;
    }

    private static void print(String part, int vocabulary, Machine machine, Map<String, Object> figures) {
        Map<String, Object> report = new LinkedHashMap<>();
        report.put("benchmark", "grammar");
        report.put("part", part);
        report.put("vocabulary", vocabulary);
        report.putAll(figures);
        report.put("machine", machine);
        System.out.println(new Gson().toJson(report));
    }

    private static List<byte[]> tokens(Hydra hydra) {
        return IntStream.range(0, hydra.tokenizer().vocabulary())
                .mapToObj(hydra.tokenizer()::bytes)
                .toList();
    }

    /** Finding legal tokens, along a document cut into the longest tokens that are legal. */
    private Map<String, Object> sets(List<byte[]> tokens, Grammar grammar) {
        Map<String, List<Double>> times = new LinkedHashMap<>();
        int places = 0;
        Set<Integer> distinct = Set.of();
        for (int round = -1; round < rounds; round++) {
            long from = System.nanoTime();
            TokenTrie trie = new TokenTrie(tokens);
            double building = since(from);
            from = System.nanoTime();
            Guide guide = new Guides(() -> trie, Set.of(tokens.size() - 1)).of(grammar);
            double compiling = since(from);
            List<Place> path = new ArrayList<>();
            List<Double> first = new ArrayList<>();
            Set<Integer> found = new HashSet<>();
            byte[] document = FILM.getBytes(StandardCharsets.UTF_8);
            Place place = guide.start();
            for (int at = 0; at < document.length; ) {
                path.add(place);
                from = System.nanoTime();
                BitSet legal = guide.legal(place, 1000);
                first.add(since(from));
                found.add(System.identityHashCode(legal));
                int token = longest(legal, tokens, document, at);
                at += tokens.get(token).length;
                place = guide.next(place, token);
            }
            from = System.nanoTime();
            path.forEach(known -> guide.legal(known, 1000));
            double again = since(from) / path.size();
            if (round >= 0) {
                times.computeIfAbsent("trie", key -> new ArrayList<>()).add(building);
                times.computeIfAbsent("guide", key -> new ArrayList<>()).add(compiling);
                times.computeIfAbsent("firstMean", key -> new ArrayList<>())
                        .add(first.stream()
                                .mapToDouble(Double::doubleValue)
                                .average()
                                .orElseThrow());
                times.computeIfAbsent("firstMost", key -> new ArrayList<>())
                        .add(first.stream()
                                .mapToDouble(Double::doubleValue)
                                .max()
                                .orElseThrow());
                times.computeIfAbsent("again", key -> new ArrayList<>()).add(again);
            }
            places = path.size();
            distinct = found;
        }
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("grammar", grammar.equals(Grammar.anyObject()) ? "any object" : "schema");
        figures.put("places", places);
        figures.put("distinctSets", distinct.size());
        times.forEach((name, values) -> figures.put(name, Spread.of(values)));
        return figures;
    }

    private static int longest(BitSet legal, List<byte[]> tokens, byte[] document, int at) {
        return legal.stream()
                .filter(token -> tokens.get(token).length > 0
                        && at + tokens.get(token).length <= document.length
                        && Arrays.equals(
                                document,
                                at,
                                at + tokens.get(token).length,
                                tokens.get(token),
                                0,
                                tokens.get(token).length))
                .reduce((one, other) -> tokens.get(other).length > tokens.get(one).length ? other : one)
                .orElseThrow();
    }

    /** Taking tokens from scores. */
    private Map<String, Object> masks(int vocabulary) throws IOException {
        ModelConfig config = ModelConfig.llama(vocabulary, 64, 1, 4)
                .intermediate(64)
                .positions(256)
                .build();
        TreeShape tree = TreeShape.named("hydra-63").within(4, NODES);
        int nodes = tree.size();
        Map<String, List<Double>> times = new LinkedHashMap<>();
        Path base = Files.createTempDirectory("hydra-grammar");
        try {
            RandomModel.writeBase(base, config, SEED);
            try (Checkpoint checkpoint = Checkpoint.open(base);
                    ModelGraph graph = ModelGraph.load(checkpoint, new GraphOptions("cpu", DataType.FLOAT32, 1, 256))) {
                graph.prefill(List.of(0), List.of(0), List.of(List.of(1, 2, 3))).close();
                Frontier frontier = new Frontier(List.of(0), List.of(3), List.of(4));
                List<Integer> places = IntStream.range(0, nodes).boxed().toList();
                SplittableRandom random = new SplittableRandom(SEED);
                for (int round = -1; round < rounds; round++) {
                    List<BitSet> sets = IntStream.range(0, nodes)
                            .mapToObj(node -> randomSet(random.split(), vocabulary))
                            .toList();
                    try (Draft draft = graph.given(tree, List.of(places));
                            Verdict verdict = graph.verify(frontier, draft)) {
                        verdict.scores(0, 0);
                        long from = System.nanoTime();
                        draft.tokens();
                        double pulling = since(from);
                        from = System.nanoTime();
                        graph.allow(verdict, places, sets);
                        double fresh = since(from);
                        from = System.nanoTime();
                        graph.allow(verdict, places, sets);
                        double known = since(from);
                        if (round >= 0) {
                            times.computeIfAbsent("tokensToHost", key -> new ArrayList<>())
                                    .add(pulling);
                            times.computeIfAbsent("allowNewSets", key -> new ArrayList<>())
                                    .add(fresh);
                            times.computeIfAbsent("allowKnownSets", key -> new ArrayList<>())
                                    .add(known);
                        }
                    }
                }
            }
        } finally {
            TemporaryFolder.delete(base);
        }
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("nodes", nodes);
        times.forEach((name, values) -> figures.put(name, Spread.of(values)));
        return figures;
    }

    private static BitSet randomSet(SplittableRandom random, int vocabulary) {
        BitSet set = new BitSet(vocabulary);
        random.ints(vocabulary / 2, 0, vocabulary).forEach(set::set);
        return set;
    }

    /** Whole answers of the embedded model, that fit the schema and that may be anything. */
    private Map<String, Object> answers(Hydra hydra, DecodingMode mode) throws InterruptedException {
        Grammar grammar = Grammar.ofSchema(SCHEMA);
        Map<String, List<Double>> figures = new LinkedHashMap<>();
        for (int round = -1; round < rounds; round++) {
            for (boolean guided : new boolean[] {false, true}) {
                DecodeStatistics all = DecodeStatistics.none();
                for (String question : QUESTIONS) {
                    GenerationRequest request = GenerationRequest.of(
                                    hydra.tokenizer().encodePrompt(question))
                            .withMode(mode)
                            .withMaximumTokens(TOKENS)
                            .withGrammar(guided ? grammar : null);
                    all = all.plus(hydra.generate(request).await().statistics());
                }
                if (round >= 0) {
                    String name = guided ? "schema" : "anything";
                    double steps = all.steps();
                    figures.computeIfAbsent(name + "Step", key -> new ArrayList<>())
                            .add(all.stepTime().toNanos() / 1e6 / steps);
                    figures.computeIfAbsent(name + "AcceptanceLength", key -> new ArrayList<>())
                            .add(all.acceptanceLength());
                    figures.computeIfAbsent(name + "TokensPerSecond", key -> new ArrayList<>())
                            .add(all.decodeTokensPerSecond());
                }
            }
        }
        Map<String, Object> report = new LinkedHashMap<>();
        report.put("mode", mode.label());
        figures.forEach((name, values) -> report.put(name, Spread.of(values)));
        return report;
    }

    private static double since(long from) {
        return (System.nanoTime() - from) / 1e6;
    }
}
