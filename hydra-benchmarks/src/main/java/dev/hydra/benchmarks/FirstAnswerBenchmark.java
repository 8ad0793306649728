package dev.hydra.benchmarks;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * How long does the first caller wait for the first token, in a process that was warmed up and in one that was not, and what does
 * warming up take?
 *
 * <p>{@code mvn -q -pl hydra-benchmarks -am process-classes exec:exec@first-answer}
 *
 * <p>Each round has two JVMs of its own open the embedded model with its heads, one cold and one warm, and ask it the same question twice
 * ({@link FirstAnswer}). Prints one line of JSON.
 */
@Command(name = "first-answer", mixinStandardHelpOptions = true)
final class FirstAnswerBenchmark implements Callable<Integer> {

    @Option(names = "--rounds", description = "measured rounds (default: ${DEFAULT-VALUE})")
    private int rounds = 7;

    /** Runs the benchmark and ends the JVM. */
    public static void main(String[] arguments) {
        System.exit(new CommandLine(new FirstAnswerBenchmark()).execute(arguments));
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Map<String, List<JsonObject>> measured = new LinkedHashMap<>();
        for (int round = 0; round < rounds; round++) {
            for (String start : List.of("cold", "warm")) {
                measured.computeIfAbsent(start, key -> new ArrayList<>()).add(measure(start));
            }
        }
        Map<String, Object> report = new LinkedHashMap<>();
        report.put("benchmark", "first-answer");
        report.put("rounds", rounds);
        measured.forEach((start, answers) -> report.put(start, spreads(answers)));
        report.put("machine", Machine.read());
        System.out.println(new Gson().toJson(report));
        return 0;
    }

    private static Map<String, Spread> spreads(List<JsonObject> measured) {
        Map<String, Spread> spreads = new LinkedHashMap<>();
        for (String figure : FirstAnswer.FIGURES) {
            spreads.put(
                    figure,
                    Spread.of(measured.stream()
                            .map(answer -> answer.get(figure).getAsDouble())
                            .toList()));
        }
        return spreads;
    }

    private static JsonObject measure(String start) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                        "-cp",
                        System.getProperty("java.class.path"),
                        FirstAnswer.class.getName(),
                        start)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IllegalStateException("the JVM that asks the model ended with " + process.exitValue());
        }
        return JsonParser.parseString(printed).getAsJsonObject();
    }
}
