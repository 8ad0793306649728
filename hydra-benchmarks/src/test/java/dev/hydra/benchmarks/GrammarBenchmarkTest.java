package dev.hydra.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import java.util.List;
import org.junit.jupiter.api.Test;

class GrammarBenchmarkTest {
    @Test
    void printsALineOfJsonForEveryPart() {
        List<JsonObject> reports = Reports.of(new GrammarBenchmark(), "--rounds=1", "--vocabularies=700");

        assertThat(reports)
                .extracting(report -> report.get("part").getAsString())
                .containsExactly("sets", "sets", "masks", "answers", "answers", "answers");
        assertThat(reports.get(0).get("vocabulary").getAsInt()).isEqualTo(700);
        assertThat(reports.get(0).get("distinctSets").getAsInt()).isBetween(20, 200);
        assertThat(Reports.median(reports.get(5), "schemaAcceptanceLength")).isGreaterThan(1);
    }
}
