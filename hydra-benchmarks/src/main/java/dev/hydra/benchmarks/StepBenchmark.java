package dev.hydra.benchmarks;

import com.google.gson.Gson;
import dev.hydra.benchmarks.StepTimes.Way;
import dev.hydra.checkpoint.Checkpoint;
import dev.hydra.checkpoint.HeadsCheckpoint;
import dev.hydra.checkpoint.HeadsKind;
import dev.hydra.demo.DemoModel;
import dev.hydra.draft.Drafter;
import dev.hydra.draft.HydraDrafter;
import dev.hydra.draft.MedusaDrafter;
import dev.hydra.draft.SingleNodeDrafter;
import dev.hydra.graph.DataType;
import dev.hydra.graph.Frontier;
import dev.hydra.graph.GraphOptions;
import dev.hydra.graph.ModelGraph;
import dev.hydra.graph.Verdict;
import dev.hydra.tree.TreePath;
import dev.hydra.tree.TreeShape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * What does a step cost, against the size of its tree and of its batch?
 *
 * <p>{@code mvn -q -pl hydra-benchmarks -am process-classes exec:exec@steps}
 *
 * <p>Steps of one model with one set of heads, over the first nodes of the tree {@code hydra-63}, for every size of tree and batch in
 * turn, in several rounds. Prints one line of JSON for each size: milliseconds per step and phase, medians over the rounds
 * with the lowest and the highest, and how many plain steps of one sequence a step costs within a round. A model in which little is
 * accepted, or much, does the same work: the tree is drafted and verified in any case. Without a model given, it is the embedded one.
 */
@Command(name = "steps", mixinStandardHelpOptions = true)
final class StepBenchmark implements Callable<Integer> {
    private static final long SEED = 63;
    private static final int PROMPT = 64;

    @Option(names = "--model", description = "folder of the base model (default: the embedded model)")
    private @Nullable Path model;

    @Option(names = "--heads", description = "folder of its draft heads (default: the embedded model's Hydra heads)")
    private @Nullable Path heads;

    @Option(names = "--nodes", split = ",", description = "sizes of trees (default: ${DEFAULT-VALUE})")
    private List<Integer> nodes = List.of(1, 2, 4, 8, 16, 32, 64);

    @Option(names = "--batches", split = ",", description = "sizes of batches (default: ${DEFAULT-VALUE})")
    private List<Integer> batches = List.of(1, 2, 4, 8);

    @Option(names = "--data-type", description = "FLOAT32, BFLOAT16 or FLOAT16 (default: ${DEFAULT-VALUE})")
    private DataType dataType = DataType.FLOAT32;

    @Option(names = "--rounds", description = "measured rounds (default: ${DEFAULT-VALUE})")
    private int rounds = 7;

    @Option(names = "--steps", description = "steps of each size in a round (default: ${DEFAULT-VALUE})")
    private int steps = 12;

    /** Runs the benchmark and ends the JVM. */
    public static void main(String[] arguments) {
        System.exit(new CommandLine(new StepBenchmark()).execute(arguments));
    }

    /** A size of tree and batch, and what was measured of it. */
    private record Size(int nodes, int batch, List<StepTimes> times) {}

    @Override
    public Integer call() {
        Path base = model;
        Path draftHeads = heads;
        if (base == null) {
            DemoModel demo = DemoModel.extract();
            base = demo.model();
            draftHeads = draftHeads == null ? demo.heads() : draftHeads;
        }
        if (draftHeads == null) {
            throw new IllegalArgumentException("no heads for %s; name their folder with --heads".formatted(base));
        }
        int rows = batches.stream().mapToInt(Integer::intValue).max().orElseThrow();
        TreeShape largest = TreeShape.named("hydra-63");
        int positions = PROMPT + (steps + 1) * (largest.depth() + 1) + largest.size();
        try (Checkpoint checkpoint = Checkpoint.open(base);
                HeadsCheckpoint set = HeadsCheckpoint.open(draftHeads);
                ModelGraph graph = ModelGraph.load(checkpoint, new GraphOptions("cpu", dataType, rows, positions))) {
            graph.bindHeads(set);
            measure(graph, set.config().kind());
        }
        return 0;
    }

    private void measure(ModelGraph graph, HeadsKind kind) {
        TreeShape tree = TreeShape.named("hydra-63");
        int depth = graph.draftHeads().getOrDefault(kind, 0);
        List<Size> sizes = new ArrayList<>();
        batches.forEach(batch -> nodes.forEach(size -> sizes.add(new Size(size, batch, new ArrayList<>()))));
        for (int round = -1; round < rounds; round++) {
            for (Size size : sizes) {
                TreeShape shape = tree.within(depth, size.nodes());
                Drafter drafter = drafter(graph, kind, shape);
                StepTimes times =
                        StepTimes.measure(graph, prefill(graph, drafter, size.batch()), new Way(drafter, shape), steps);
                if (round >= 0) {
                    size.times().add(times);
                }
            }
        }
        Machine machine = Machine.read();
        Size plain = sizes.get(0);
        for (Size size : sizes) {
            Map<String, Object> report = new LinkedHashMap<>();
            report.put("benchmark", "steps");
            report.put("heads", kind);
            report.put("nodes", size.nodes());
            report.put("batch", size.batch());
            report.putAll(StepTimes.spread(size.times(), times -> times));
            report.put(
                    "inFirstSizesSteps",
                    Spread.of(IntStream.range(0, rounds)
                            .mapToObj(round -> size.times().get(round).step()
                                    / plain.times().get(round).step())
                            .toList()));
            report.put("rounds", rounds);
            report.put("stepsPerRound", steps);
            report.put("dataType", dataType);
            report.put("machine", machine);
            System.out.println(new Gson().toJson(report));
        }
    }

    private static Drafter drafter(ModelGraph graph, HeadsKind kind, TreeShape shape) {
        if (shape.size() == 1) {
            return new SingleNodeDrafter(graph);
        }
        return kind.grounded() ? new HydraDrafter(graph, shape) : new MedusaDrafter(graph, shape);
    }

    private static Frontier prefill(ModelGraph graph, Drafter drafter, int batch) {
        SplittableRandom random = new SplittableRandom(SEED);
        List<Integer> rows = IntStream.range(0, batch).boxed().toList();
        List<List<Integer>> prompts = rows.stream()
                .map(row -> random.ints(PROMPT, 0, graph.config().vocabulary())
                        .boxed()
                        .toList())
                .toList();
        List<Integer> starts = rows.stream().map(row -> 0).toList();
        Frontier empty = new Frontier(rows, starts, starts);
        TreePath path = new TreePath(IntStream.range(0, PROMPT).boxed().toList());
        try (Verdict verdict = graph.prefill(rows, starts, prompts)) {
            drafter.follow(empty, verdict, rows, rows.stream().map(row -> path).toList());
        }
        // any root will do: what is drafted and verified costs the same
        return new Frontier(rows, rows.stream().map(row -> PROMPT).toList(), starts);
    }
}
