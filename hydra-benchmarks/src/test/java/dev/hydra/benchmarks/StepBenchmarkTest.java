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

class StepBenchmarkTest {
    @Test
    void printsALineOfJsonForEverySize() {
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        PrintStream before = System.out;
        System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
        int exit;
        try {
            exit = new CommandLine(new StepBenchmark())
                    .execute("--rounds=2", "--steps=2", "--nodes=1,8", "--batches=1,2");
        } finally {
            System.setOut(before);
        }
        assertThat(exit).isZero();
        List<JsonObject> reports = printed.toString(StandardCharsets.UTF_8)
                .lines()
                .map(line -> JsonParser.parseString(line).getAsJsonObject())
                .toList();
        assertThat(reports)
                .extracting(report -> report.get("nodes").getAsInt() + " in "
                        + report.get("batch").getAsInt())
                .containsExactly("1 in 1", "8 in 1", "1 in 2", "8 in 2");
        assertThat(reports)
                .allSatisfy(report -> assertThat(
                                report.getAsJsonObject("verify").get("median").getAsDouble())
                        .isPositive());
    }
}
