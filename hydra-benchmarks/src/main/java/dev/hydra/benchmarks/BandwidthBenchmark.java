package dev.hydra.benchmarks;

import com.google.gson.Gson;
import dev.hydra.benchmarks.StepTimes.Way;
import dev.hydra.checkpoint.Checkpoint;
import dev.hydra.checkpoint.HeadsCheckpoint;
import dev.hydra.checkpoint.ModelConfig;
import dev.hydra.draft.HydraDrafter;
import dev.hydra.draft.SingleNodeDrafter;
import dev.hydra.graph.DataType;
import dev.hydra.graph.Frontier;
import dev.hydra.graph.GraphOptions;
import dev.hydra.graph.ModelGraph;
import dev.hydra.tree.TreeShape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * How near does plain decoding come to the speed at which the memory can be read, and what does it cost to verify 16 nodes
 * instead of one? Every token of plain decoding reads all weights once, so on a CPU nothing else should take time.
 *
 * <p>{@code mvn -q -pl hydra-benchmarks -am process-classes exec:exec@bandwidth}
 *
 * <p>The model is a random Llama of 110 million parameters with four Hydra heads, made anew from a seed in a temporary folder.
 * A round reads memory ({@link MemoryReader}), then makes plain steps, then steps that verify a tree of 16 nodes; rounds are
 * repeated, and the middle one is reported with the lowest and the highest. Prints one line of JSON. Times are
 * milliseconds, gigabytes are 10<sup>9</sup> bytes.
 */
@Command(name = "bandwidth", mixinStandardHelpOptions = true)
final class BandwidthBenchmark implements Callable<Integer> {
    private static final long SEED = 110;
    private static final int PROMPT = 64;

    @Option(names = "--data-type", description = "FLOAT32 or BFLOAT16 (default: ${DEFAULT-VALUE})")
    private DataType dataType = DataType.BFLOAT16;

    @Option(names = "--rounds", description = "measured rounds (default: ${DEFAULT-VALUE})")
    private int rounds = 15;

    @Option(names = "--steps", description = "steps of each kind in a round (default: ${DEFAULT-VALUE})")
    private int steps = 20;

    @Option(names = "--megabytes", description = "memory to read in a pass (default: ${DEFAULT-VALUE})")
    private int megabytes = 512;

    @Option(names = "--width", description = "hidden size (default: ${DEFAULT-VALUE})")
    private int width = 768;

    @Option(names = "--layers", description = "layers (default: ${DEFAULT-VALUE})")
    private int layers = 12;

    @Option(names = "--vocabulary", description = "token ids (default: ${DEFAULT-VALUE})")
    private int vocabulary = 32_000;

    /** Runs the benchmark and ends the JVM. */
    public static void main(String[] arguments) {
        System.exit(new CommandLine(new BandwidthBenchmark()).execute(arguments));
    }

    private record Round(double bytesPerSecond, StepTimes plain, StepTimes tree) {}

    @Override
    public Integer call() throws IOException {
        Path folder = Files.createTempDirectory("hydra-bandwidth");
        try {
            System.out.println(new Gson().toJson(measure(folder)));
            return 0;
        } finally {
            TemporaryFolder.delete(folder);
        }
    }

    private Map<String, Object> measure(Path folder) throws IOException {
        ModelConfig config = ModelConfig.llama(vocabulary, width, layers, width / 64)
                .intermediate(width * 8 / 3)
                .tiedEmbeddings(true)
                .build();
        Path base = Files.createDirectory(folder.resolve("base"));
        Path heads = Files.createDirectory(folder.resolve("heads"));
        TreeShape shape = TreeShape.named("default");
        RandomModel.writeBase(base, config, SEED);
        RandomModel.writeHeads(heads, config, shape.depth(), SEED);
        GraphOptions options = new GraphOptions("cpu", dataType, 1, PROMPT + (steps + 1) * (shape.depth() + 1) + 64);
        try (Checkpoint checkpoint = Checkpoint.open(base);
                HeadsCheckpoint headsCheckpoint = HeadsCheckpoint.open(heads);
                ModelGraph graph = ModelGraph.load(checkpoint, options);
                MemoryReader memory = new MemoryReader(ModelGraph.threads(), megabytes)) {
            // tied embeddings are the output layer too: a plain step reads every number once, whatever copies there are
            // of them
            long weights = config.parameters() * dataType.bytes();
            graph.bindHeads(headsCheckpoint);
            Frontier start = prefill(graph);
            Way plainly = new Way(new SingleNodeDrafter(graph), TreeShape.single());
            Way drafting = new Way(new HydraDrafter(graph, shape), shape);
            List<Round> measured = new ArrayList<>();
            for (int round = -2; round < rounds; round++) {
                // on either side of the plain steps, since the speed of a shared machine's memory drifts
                double before = memory.pass();
                StepTimes plain = StepTimes.measure(graph, start, plainly, steps);
                double after = memory.pass();
                Round one = new Round((before + after) / 2, plain, StepTimes.measure(graph, start, drafting, steps));
                if (round >= 0) {
                    measured.add(one);
                }
            }
            Map<String, Object> report = new LinkedHashMap<>();
            report.put("benchmark", "bandwidth");
            report.put("parameters", config.parameters());
            report.put("weightBytes", weights);
            report.put("dataType", dataType);
            report.put("rounds", rounds);
            report.put("stepsPerRound", steps);
            report.put("memoryGigabytesPerSecond", spread(measured, round -> round.bytesPerSecond() / 1e9));
            report.put(
                    "weightGigabytesPerSecond",
                    spread(measured, round -> weights / round.plain().step() / 1e6));
            report.put(
                    "shareOfMemory",
                    spread(measured, round -> weights / round.plain().step() * 1e3 / round.bytesPerSecond()));
            report.put("treeNodes", shape.size());
            report.put(
                    "treeVerifyPerPlainStep",
                    spread(
                            measured,
                            round -> round.tree().verify() / round.plain().step()));
            report.put("plain", StepTimes.spread(measured, Round::plain));
            report.put("tree", StepTimes.spread(measured, Round::tree));
            report.put("machine", Machine.read());
            report.put("checksum", memory.checksum());
            return report;
        }
    }

    private Frontier prefill(ModelGraph graph) {
        List<Integer> prompt =
                new SplittableRandom(SEED).ints(PROMPT, 0, vocabulary).boxed().toList();
        graph.prefill(List.of(0), List.of(0), List.of(prompt)).close();
        // any root will do: the weights are random
        return new Frontier(List.of(0), List.of(PROMPT), List.of(0));
    }

    private static Spread spread(List<Round> rounds, ToDoubleFunction<Round> value) {
        return Spread.of(rounds.stream().map(value::applyAsDouble).toList());
    }
}
