package dev.hydra.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import org.junit.jupiter.api.Test;

class BandwidthBenchmarkTest {
    @Test
    void printsOneLineOfJsonForATinyModel() {
        JsonObject report = Reports.single(
                new BandwidthBenchmark(),
                "--rounds=2",
                "--megabytes=8",
                "--steps=3",
                "--width=64",
                "--layers=2",
                "--vocabulary=100");

        assertThat(report.get("treeNodes").getAsInt()).isEqualTo(16);
        assertThat(report.get("weightBytes").getAsLong())
                .isEqualTo(2 * report.get("parameters").getAsLong());
        assertThat(Reports.median(report, "shareOfMemory")).isPositive();
    }
}
