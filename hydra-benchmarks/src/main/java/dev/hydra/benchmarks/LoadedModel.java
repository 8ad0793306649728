package dev.hydra.benchmarks;

import com.google.gson.Gson;
import dev.hydra.checkpoint.Checkpoint;
import dev.hydra.graph.DataType;
import dev.hydra.graph.GraphOptions;
import dev.hydra.graph.ModelGraph;
import dev.hydra.graph.ModelMemory;
import dev.hydra.graph.ModelMemory.HeadsSize;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The program that opens a model for {@link LoadingBenchmark}, and tells what that took as a line of JSON. */
final class LoadedModel {
    /** What it tells of the model, in bytes. */
    static final List<String> SIZES = List.of("weightBytes", "cacheBytes");

    /** What it measures; memory in bytes. */
    static final List<String> FIGURES =
            List.of("seconds", "residentBefore", "peakBytes", "residentAfter", "heapPeakBytes");

    private LoadedModel() {}

    /**
     * Opens the model and prints the figures.
     *
     * @param arguments the model's folder, the data type, the positions of its one cache row
     */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        DataType dataType = DataType.valueOf(arguments[1]);
        GraphOptions options = new GraphOptions("cpu", dataType, 1, Integer.parseInt(arguments[2]));
        ModelGraph.threads(); // loads libtorch
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("residentBefore", status("VmRSS"));
        // as the engine does: on a thread of its own
        Thread opening = new Thread(() -> {
            long from = System.nanoTime();
            try (Checkpoint checkpoint = Checkpoint.open(Path.of(arguments[0]));
                    ModelGraph graph = ModelGraph.load(checkpoint, options)) {
                figures.put("seconds", (System.nanoTime() - from) / 1e9);
                figures.put("weightBytes", graph.weightBytes());
                figures.put(
                        "cacheBytes",
                        ModelMemory.of(checkpoint.config(), HeadsSize.none(), options)
                                .cache());
                figures.put("residentAfter", status("VmRSS"));
            }
        });
        opening.start();
        opening.join();
        figures.put("peakBytes", status("VmHWM"));
        figures.put(
                "heapPeakBytes",
                ManagementFactory.getMemoryPoolMXBeans().stream()
                        .filter(pool -> pool.getType() == MemoryType.HEAP)
                        .map(MemoryPoolMXBean::getPeakUsage)
                        .mapToLong(usage -> usage.getUsed())
                        .sum());
        System.out.println(new Gson().toJson(figures));
    }

    private static long status(String name) {
        try {
            return Files.readAllLines(Path.of("/proc/self/status")).stream()
                    .filter(line -> line.startsWith(name + ":"))
                    .mapToLong(line -> 1024 * Long.parseLong(line.replaceAll("[^0-9]", "")))
                    .findFirst()
                    .orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
