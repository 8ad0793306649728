package dev.hydra.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class FirstAnswerBenchmarkTest {

    @Test
    void measuresBothStarts() {
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        PrintStream before = System.out;
        System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
        int exit;
        try {
            exit = new CommandLine(new FirstAnswerBenchmark()).execute("--rounds=1");
        } finally {
            System.setOut(before);
        }

        assertThat(exit).isZero();
        JsonObject report =
                JsonParser.parseString(printed.toString(StandardCharsets.UTF_8)).getAsJsonObject();
        for (String start : new String[] {"cold", "warm"}) {
            for (String figure : FirstAnswer.FIGURES) {
                assertThat(report.getAsJsonObject(start)
                                .getAsJsonObject(figure)
                                .get("median")
                                .getAsDouble())
                        .as(start + " " + figure)
                        .isPositive();
            }
        }
    }
}
