package dev.hydra.benchmarks;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.hydra.checkpoint.Checkpoint;
import dev.hydra.checkpoint.ModelConfig;
import dev.hydra.graph.DataType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * What does opening a model take, beside the weights that it ends up with: how much heap, how much memory at the most, and how much
 * longer than reading the file?
 *
 * <p>{@code mvn -q -pl hydra-benchmarks -am process-classes exec:exec@loading}
 *
 * <p>The model is a random Llama, made anew from a seed in a temporary folder, and stored as bfloat16. Each round drops the file from
 * the system's cache where that is possible, reads it from one end to the other, drops it again, and has a JVM of its own with a small
 * heap open it ({@link LoadedModel}). Prints one line of JSON; {@code cache} says whether the file was dropped ({@code cold}) or lay in
 * memory ({@code warm}). The peak is the process' largest resident size, JVM and libtorch included, which come to a quarter of a
 * gigabyte; the system must be Linux.
 */
@Command(name = "loading", mixinStandardHelpOptions = true)
final class LoadingBenchmark implements Callable<Integer> {
    private static final long SEED = 7;
    private static final int BLOCK = 1 << 20;
    private static final Path DROP = Path.of("/proc/sys/vm/drop_caches");

    @Option(names = "--data-type", description = "that the model is opened in (default: ${DEFAULT-VALUE})")
    private DataType dataType = DataType.BFLOAT16;

    @Option(names = "--rounds", description = "measured rounds (default: ${DEFAULT-VALUE})")
    private int rounds = 3;

    @Option(names = "--heap", description = "the largest heap of the JVM that opens it (default: ${DEFAULT-VALUE})")
    private String heap = "1g";

    @Option(names = "--width", description = "hidden size (default: ${DEFAULT-VALUE})")
    private int width = 2048;

    @Option(names = "--layers", description = "layers (default: ${DEFAULT-VALUE})")
    private int layers = 22;

    @Option(names = "--vocabulary", description = "token ids (default: ${DEFAULT-VALUE})")
    private int vocabulary = 32_000;

    @Option(names = "--positions", description = "of the one cache row (default: ${DEFAULT-VALUE})")
    private int positions = 2048;

    @Option(names = "--tied", description = "whether the output layer is the embedding table")
    private boolean tied;

    @Option(names = "--warm", description = "leave the file in the system's cache")
    private boolean warm;

    /** Runs the benchmark and ends the JVM. */
    public static void main(String[] arguments) {
        System.exit(new CommandLine(new LoadingBenchmark()).execute(arguments));
    }

    private record Round(double readSeconds, JsonObject opened) {
        double opened(String name) {
            return opened.get(name).getAsDouble();
        }
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory("hydra-loading");
        try {
            System.out.println(new Gson().toJson(measure(folder)));
            return 0;
        } finally {
            TemporaryFolder.delete(folder);
        }
    }

    private Map<String, Object> measure(Path folder) throws IOException, InterruptedException {
        ModelConfig config = ModelConfig.llama(vocabulary, width, layers, width / 64)
                .intermediate(width * 11 / 4)
                .keyValueHeads(width / 64 % 8 == 0 ? width / 512 : width / 64)
                .tiedEmbeddings(tied)
                .build();
        RandomModel.writeBase(folder, config, SEED);
        Path file = folder.resolve(Checkpoint.FILE);
        sync(file);
        boolean cold = !warm && drop();
        List<Round> measured = new ArrayList<>();
        for (int round = 0; round < rounds; round++) {
            double seconds = read(file);
            if (cold) {
                drop();
            }
            measured.add(new Round(seconds, open(folder)));
            if (cold) {
                drop();
            }
        }
        Map<String, Object> report = new LinkedHashMap<>();
        report.put("benchmark", "loading");
        report.put("parameters", config.parameters());
        report.put("dataType", dataType);
        report.put("tied", tied);
        report.put("heap", heap);
        report.put("fileBytes", Files.size(file));
        report.put("cache", cold ? "cold" : "warm");
        report.put("rounds", rounds);
        // the same in every round
        for (String size : LoadedModel.SIZES) {
            report.put(size, measured.get(0).opened().get(size).getAsLong());
        }
        for (String figure : LoadedModel.FIGURES) {
            report.put(figure, spread(measured, figure));
        }
        report.put(
                "peakPerWeightsAndCache",
                Spread.of(measured.stream()
                        .map(round ->
                                round.opened("peakBytes") / (round.opened("weightBytes") + round.opened("cacheBytes")))
                        .toList()));
        report.put(
                "readSeconds",
                Spread.of(measured.stream().map(Round::readSeconds).toList()));
        report.put(
                "openPerRead",
                Spread.of(measured.stream()
                        .map(round -> round.opened("seconds") / round.readSeconds())
                        .toList()));
        report.put("machine", Machine.read());
        return report;
    }

    private static Spread spread(List<Round> rounds, String figure) {
        return Spread.of(rounds.stream().map(round -> round.opened(figure)).toList());
    }

    /** Seconds that it takes to read a file from one end to the other. */
    private static double read(Path file) throws IOException {
        ByteBuffer block = ByteBuffer.allocateDirect(BLOCK);
        long from = System.nanoTime();
        try (FileChannel channel = FileChannel.open(file)) {
            while (channel.read(block.clear()) >= 0) {
                // the bytes are of no interest
            }
        }
        return (System.nanoTime() - from) / 1e9;
    }

    private JsonObject open(Path folder) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx" + heap,
                        "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                        "-cp",
                        System.getProperty("java.class.path"),
                        LoadedModel.class.getName(),
                        folder.toString(),
                        dataType.name(),
                        String.valueOf(positions))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IllegalStateException("the JVM that opens the model ended with " + process.exitValue());
        }
        return JsonParser.parseString(printed).getAsJsonObject();
    }

    /** Has the system write what it has of a file, without which it cannot drop it. */
    private static void sync(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
    }

    /** Has the system forget all files, if it lets this process. */
    private static boolean drop() {
        try {
            Files.writeString(DROP, "1\n", StandardOpenOption.WRITE);
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
