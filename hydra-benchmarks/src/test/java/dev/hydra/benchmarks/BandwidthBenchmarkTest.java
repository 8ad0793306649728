package dev.hydra.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class BandwidthBenchmarkTest {
    @Test
    void printsOneLineOfJsonForATinyModel() {
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        PrintStream before = System.out;
        System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
        int exit;
        try {
            exit = new CommandLine(new BandwidthBenchmark())
                    .execute(
                            "--rounds=2", "--megabytes=8", "--steps=3", "--width=64", "--layers=2", "--vocabulary=100");
        } finally {
            System.setOut(before);
        }
        assertThat(exit).isZero();
        JsonObject report =
                JsonParser.parseString(printed.toString(StandardCharsets.UTF_8)).getAsJsonObject();
        assertThat(report.get("treeNodes").getAsInt()).isEqualTo(16);
        assertThat(report.get("weightBytes").getAsLong())
                .isEqualTo(2 * report.get("parameters").getAsLong());
        assertThat(report.getAsJsonObject("shareOfMemory").get("median").getAsDouble())
                .isPositive();
    }
}
