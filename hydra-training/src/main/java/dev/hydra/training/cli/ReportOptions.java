package dev.hydra.training.cli;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import dev.hydra.training.console.Console;
import dev.hydra.training.console.Interruption;
import dev.hydra.training.console.Progress;
import dev.hydra.training.console.ProgressDisplay;
import dev.hydra.training.console.StreamConsole;
import dev.hydra.training.console.Streams;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What every command's report can look like; mixed into the commands. */
final class ReportOptions {
    private static final Gson GSON =
            new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create();

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command = CommandSpec.create();

    @Option(
            names = "--json",
            description = "print the result as one JSON document, and nothing else, on standard output")
    private boolean json;

    @Option(names = "--quiet", description = "say nothing but the result and errors")
    private boolean quiet;

    @Option(
            names = "--progress",
            paramLabel = "HOW",
            description =
                    "how progress is shown: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}, which is bar on a"
                            + " terminal and lines elsewhere)",
            defaultValue = "auto")
    private ProgressDisplay progress = ProgressDisplay.AUTO;

    private @Nullable Console console;

    /** Where the command reports to. */
    Console console() {
        if (console == null) {
            console = quiet
                    ? new Quiet(StreamConsole.of(streams(), ProgressDisplay.NONE))
                    : StreamConsole.of(streams(), progress);
        }
        return console;
    }

    /**
     * Prints the command's result.
     *
     * @param result is written as JSON where that was asked for: a record, or a list or map of such
     * @param text   makes the text for people, without the last line break
     */
    void print(Object result, Supplier<String> text) {
        console().print(json ? GSON.toJson(result) : text.get());
    }

    /** Whether somebody wants the work to stop; see {@link Interruption#requested()}. */
    Interruption interruption() {
        return root() instanceof HydraCommand hydra ? hydra.interruption() : new Interruption();
    }

    private Streams streams() {
        return root() instanceof HydraCommand hydra ? hydra.streams() : Streams.system();
    }

    private Object root() {
        return command.root().userObject();
    }

    /** Passes on results alone. */
    private record Quiet(Console console) implements Console {
        @Override
        public void say(String line) {}

        @Override
        public void print(String text) {
            console.print(text);
        }

        @Override
        public Progress progress(String task, long total, String unit) {
            return Progress.silent();
        }
    }
}
