package dev.hydra;

import dev.hydra.schedule.GenerationRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The program that {@link OpenAndCloseTest} runs in a JVM of its own. */
final class OpenedOften {
    private OpenedOften() {}

    /**
     * Opens and closes the model, and prints what is resident each time.
     *
     * @param arguments the model's folder, that of its heads, how often to open it
     */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        HydraOptions options = HydraOptions.builder(Path.of(arguments[0]))
                .heads(Path.of(arguments[1]))
                .device("cpu")
                .build();
        for (int time = 0; time < Integer.parseInt(arguments[2]); time++) {
            try (Hydra hydra = Hydra.open(options)) {
                hydra.generate(GenerationRequest.of(hydra.tokenizer().encode("Once upon a time"))
                                .withMaximumTokens(4))
                        .await();
            }
            System.gc();
            System.out.println(anonymous());
        }
    }

    /** Bytes of the process' memory that are no file's. */
    private static long anonymous() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("RssAnon:"))
                .mapToLong(line -> 1024 * Long.parseLong(line.replaceAll("[^0-9]", "")))
                .findFirst()
                .orElseThrow();
    }
}
