package dev.hydra.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import picocli.CommandLine;

@EnabledOnOs(value = OS.LINUX, disabledReason = "the resident size is read from /proc")
class LoadingBenchmarkTest {
    /** What a process may take beside weights and cache for each of their bytes, once the JVM and libtorch are there. */
    private static final double SPARE = 0.15;

    /** Bytes: kernels that oneDNN makes, what the heap grows by, what libtorch loads late. */
    private static final long FIXED = 64L << 20;

    @Test
    void opensAModelWithLittleMoreMemoryThanItsWeights() {
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        PrintStream before = System.out;
        System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
        int exit;
        try {
            exit = new CommandLine(new LoadingBenchmark())
                    .execute(
                            "--rounds=1",
                            "--warm",
                            "--heap=128m",
                            "--data-type=FLOAT32",
                            "--width=1024",
                            "--layers=6",
                            "--vocabulary=8000",
                            "--positions=256");
        } finally {
            System.setOut(before);
        }
        assertThat(exit).isZero();
        JsonObject report =
                JsonParser.parseString(printed.toString(StandardCharsets.UTF_8)).getAsJsonObject();
        assertThat(report.get("cache").getAsString()).isEqualTo("warm");
        long weights = report.get("weightBytes").getAsLong();
        assertThat(weights).isEqualTo(4 * report.get("parameters").getAsLong()).isGreaterThan(300_000_000);
        long kept = weights + report.get("cacheBytes").getAsLong();
        assertThat(figure(report, "peakBytes") - figure(report, "residentBefore"))
                .as("%s", report)
                .isBetween(kept, (long) (kept * (1 + SPARE)) + FIXED);
    }

    private static long figure(JsonObject report, String name) {
        return report.getAsJsonObject(name).get("median").getAsLong();
    }
}
