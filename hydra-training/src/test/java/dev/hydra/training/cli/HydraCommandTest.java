package dev.hydra.training.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hydra.checkpoint.CheckpointException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;

class HydraCommandTest {
    private final Shell shell = new Shell();

    @Command(name = "fail")
    static final class Fail implements Callable<Integer> {
        private final Exception error;

        Fail(Exception error) {
            this.error = error;
        }

        @Override
        public Integer call() throws Exception {
            throw error;
        }
    }

    @Command(name = "answer")
    static final class Answer implements Callable<Integer> {
        @Mixin
        private final ReportOptions report = new ReportOptions();

        @Override
        public Integer call() {
            report.console().say("thinking");
            report.console().progress("thinking", 2, "thoughts").close();
            report.print(Map.of("answer", 42), () -> "the answer is 42");
            return 0;
        }
    }

    @Test
    void showsItsHelpWithoutArguments() {
        assertThat(shell.run()).isZero();
        assertThat(shell.results()).contains("Usage: hydra", "Exit codes:", "130   interrupted", "Examples:");
        assertThat(shell.people()).isEmpty();
    }

    @Test
    void tellsTheVersionOfTheBuild() {
        assertThat(shell.run("--version")).isZero();
        assertThat(shell.results()).matches("(?s)hydra \\d+\\.\\d+\\.\\S+\\RPyTorch [\\d.]+, DJL [\\d.]+, Java .*");
    }

    @ParameterizedTest
    @ValueSource(strings = {"--nonsense", "nonsense"})
    void answersWrongUsageWithOneLine(String argument) {
        assertThat(shell.run(argument)).isEqualTo(2);
        assertThat(shell.people().lines().toList())
                .singleElement()
                .asString()
                .startsWith("hydra: un")
                .endsWith("; see hydra --help");
        assertThat(shell.results()).isEmpty();
    }

    @Test
    void describesEveryCommandItsOptionsAndExamples() {
        for (Map.Entry<String, CommandLine> entry :
                shell.command().commandLine().getSubcommands().entrySet()) {
            CommandSpec command = entry.getValue().getCommandSpec();
            if (entry.getKey().equals("help")) {
                continue;
            }
            assertThat(command.usageMessage().description()).as(entry.getKey()).isNotEmpty();
            assertThat(command.usageMessage().footer()).as(entry.getKey()).hasSizeGreaterThan(1);
            command.options()
                    .forEach(option -> assertThat(option.description())
                            .as(option.longestName())
                            .isNotEmpty());
        }
    }

    @Test
    void saysWhatIsWrongWithAnInputInOneLine() {
        String message = "config.json: 'vocab_size' is missing; expected a whole number";
        assertThat(fail(new CheckpointException(message))).isEqualTo(1);
        assertThat(shell.people()).isEqualToNormalizingNewlines("hydra fail: " + message + "\n");
    }

    @Test
    void namesTheFileThatIsNotThere() {
        assertThat(fail(new UncheckedIOException(new NoSuchFileException("/models/x"))))
                .isEqualTo(1);
        assertThat(shell.people()).isEqualToNormalizingNewlines("hydra fail: /models/x: not found\n");
        assertThat(Complaints.message(new IOException("no space left"))).contains("no space left");
    }

    @Test
    void showsWhereAnErrorComesFromWhenAsked() {
        assertThat(fail(new CheckpointException("broken"), "--verbose")).isEqualTo(1);
        assertThat(shell.people()).startsWith("hydra fail: broken").contains("at dev.hydra.training.cli");
    }

    @Test
    void callsAnUnexpectedErrorABug() {
        assertThat(fail(new IllegalStateException("row 2 is full"))).isEqualTo(1);
        assertThat(shell.people()).startsWith("hydra fail: this is a bug").contains("row 2 is full", "at dev.hydra");
    }

    @Test
    void answersAnInterruptionAsShellsDo() {
        assertThat(fail(new InterruptedException())).isEqualTo(130);
        assertThat(shell.people()).isEqualToNormalizingNewlines("hydra fail: interrupted\n");
    }

    @Test
    void printsNothingButJsonOnStandardOutput() {
        assertThat(answer("--json")).isZero();
        assertThat(shell.results()).isEqualToNormalizingNewlines("{\n  \"answer\": 42\n}\n");
        assertThat(shell.people()).contains("thinking: 2 thoughts");
    }

    @Test
    void saysNothingButTheResultWhenQuiet() {
        assertThat(answer("--quiet")).isZero();
        assertThat(shell.results()).isEqualToNormalizingNewlines("the answer is 42\n");
        assertThat(shell.people()).isEmpty();
    }

    @Test
    void knowsTheWordsForProgress() {
        for (String word : List.of("auto", "bar", "lines", "none")) {
            assertThat(answer("--progress=" + word)).as(word).isZero();
        }
        assertThat(answer("--progress=loud")).isEqualTo(2);
        assertThat(shell.people()).contains("loud", "AUTO, BAR, LINES, NONE");
    }

    private int answer(String... arguments) {
        return run("answer", new Answer(), arguments);
    }

    private int fail(Exception error, String... arguments) {
        return run("fail", new Fail(error), arguments);
    }

    private int run(String name, Object command, String... arguments) {
        HydraCommand hydra = shell.command();
        CommandLine line = new CommandLine(hydra).addSubcommand(name, command);
        return hydra.configure(line).execute(Shell.with(name, arguments));
    }
}
