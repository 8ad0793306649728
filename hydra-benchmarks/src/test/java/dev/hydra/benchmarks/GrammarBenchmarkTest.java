package dev.hydra.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class GrammarBenchmarkTest {
    @Test
    void printsALineOfJsonForEveryPart() {
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        PrintStream before = System.out;
        System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
        int exit;
        try {
            exit = new CommandLine(new GrammarBenchmark()).execute("--rounds=1", "--vocabularies=700");
        } finally {
            System.setOut(before);
        }
        assertThat(exit).isZero();
        List<JsonObject> reports = printed.toString(StandardCharsets.UTF_8)
                .lines()
                .map(line -> JsonParser.parseString(line).getAsJsonObject())
                .toList();
        assertThat(reports)
                .extracting(report -> report.get("part").getAsString())
                .containsExactly("sets", "sets", "masks", "answers", "answers", "answers");
        assertThat(reports.get(0).get("vocabulary").getAsInt()).isEqualTo(700);
        assertThat(reports.get(0).get("distinctSets").getAsInt()).isBetween(20, 200);
        assertThat(reports.get(5)
                        .getAsJsonObject("schemaAcceptanceLength")
                        .get("median")
                        .getAsDouble())
                .isGreaterThan(1);
    }
}
