package dev.hydra.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@EnabledOnOs(value = OS.LINUX, disabledReason = "the resident size is read from /proc")
class LoadingBenchmarkTest {
    /** What a process may take beside weights and cache for each of their bytes, once the JVM and libtorch are there. */
    private static final double SPARE = 0.15;

    /** Bytes: kernels that oneDNN makes, what the heap grows by, what libtorch loads late, less pages that the system took back. */
    private static final double FIXED = 100e6;

    @Test
    void opensAModelWithLittleMoreMemoryThanItsWeights() {
        JsonObject report = Reports.single(
                new LoadingBenchmark(),
                "--rounds=1",
                "--warm",
                "--heap=128m",
                "--data-type=FLOAT32",
                "--width=1024",
                "--layers=6",
                "--vocabulary=8000",
                "--positions=256");

        assertThat(report.get("cache").getAsString()).isEqualTo("warm");
        long weights = report.get("weightBytes").getAsLong();
        assertThat(weights).isEqualTo(4 * report.get("parameters").getAsLong()).isGreaterThan(300_000_000);
        double kept = weights + report.get("cacheBytes").getAsLong();
        assertThat(Reports.median(report, "peakBytes") - Reports.median(report, "residentBefore"))
                .as("%s", report)
                .isBetween(kept * (1 - SPARE), kept * (1 + SPARE) + FIXED);
    }
}
