package dev.hydra.training.cli;

import dev.hydra.training.console.Interruption;
import dev.hydra.training.console.Streams;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;

/** Runs command lines in this process, and keeps what they write. */
final class Shell {
    private final ByteArrayOutputStream results = new ByteArrayOutputStream();
    private final ByteArrayOutputStream people = new ByteArrayOutputStream();

    int run(Object... arguments) {
        return command().run(Stream.of(arguments).map(String::valueOf).toArray(String[]::new));
    }

    HydraCommand command() {
        return new HydraCommand(new Streams(stream(results), stream(people)), new Interruption());
    }

    /** What went to standard output so far. */
    String results() {
        return results.toString(StandardCharsets.UTF_8);
    }

    /** What went to standard error so far. */
    String people() {
        return people.toString(StandardCharsets.UTF_8);
    }

    /** Arguments behind a first one. */
    static String[] with(String first, String... others) {
        return Stream.concat(Stream.of(first), Stream.of(others)).toArray(String[]::new);
    }

    private static PrintStream stream(ByteArrayOutputStream bytes) {
        return new PrintStream(bytes, true, StandardCharsets.UTF_8);
    }
}
