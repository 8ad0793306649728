package dev.hydra.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import picocli.CommandLine;

/** What benchmarks print: JSON, a line each. */
final class Reports {

    private Reports() {}

    /** Runs a benchmark, which must end well. */
    static List<JsonObject> of(Object benchmark, String... arguments) {
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        PrintStream before = System.out;
        System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
        int exit;
        try {
            exit = new CommandLine(benchmark).execute(arguments);
        } finally {
            System.setOut(before);
        }
        assertThat(exit).isZero();
        return printed.toString(StandardCharsets.UTF_8)
                .lines()
                .map(line -> JsonParser.parseString(line).getAsJsonObject())
                .toList();
    }

    /** The report of a benchmark that gives one. */
    static JsonObject single(Object benchmark, String... arguments) {
        List<JsonObject> reports = of(benchmark, arguments);
        assertThat(reports).hasSize(1);
        return reports.get(0);
    }

    static double median(JsonObject report, String figure) {
        return report.getAsJsonObject(figure).get("median").getAsDouble();
    }
}
