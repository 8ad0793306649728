package dev.hydra.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import java.util.List;
import org.junit.jupiter.api.Test;

class StepBenchmarkTest {
    @Test
    void printsALineOfJsonForEverySize() {
        List<JsonObject> reports =
                Reports.of(new StepBenchmark(), "--rounds=2", "--steps=2", "--nodes=1,8", "--batches=1,2");

        assertThat(reports)
                .extracting(report -> report.get("nodes").getAsInt() + " in "
                        + report.get("batch").getAsInt())
                .containsExactly("1 in 1", "8 in 1", "1 in 2", "8 in 2");
        assertThat(reports)
                .allSatisfy(
                        report -> assertThat(Reports.median(report, "verify")).isPositive());
    }
}
