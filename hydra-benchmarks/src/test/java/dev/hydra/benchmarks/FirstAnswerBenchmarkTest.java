package dev.hydra.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import org.junit.jupiter.api.Test;

class FirstAnswerBenchmarkTest {

    @Test
    void measuresBothStarts() {
        JsonObject report = Reports.single(new FirstAnswerBenchmark(), "--rounds=1");

        for (String start : new String[] {"cold", "warm"}) {
            for (String figure : FirstAnswer.FIGURES) {
                assertThat(Reports.median(report.getAsJsonObject(start), figure))
                        .as(start + " " + figure)
                        .isPositive();
            }
        }
    }
}
