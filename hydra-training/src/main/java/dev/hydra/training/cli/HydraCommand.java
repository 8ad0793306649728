package dev.hydra.training.cli;

import dev.hydra.checkpoint.HeadsKind;
import dev.hydra.training.console.Interruption;
import dev.hydra.training.console.Streams;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The command {@code hydra}: does nothing itself but say what there is. */
@Command(
        name = "hydra",
        versionProvider = BuildVersion.class,
        mixinStandardHelpOptions = true,
        description = "Trains and examines draft heads for speculative decoding.",
        subcommands = {
            TrainCommand.class,
            GrowTreeCommand.class,
            EvaluateCommand.class,
            InspectCommand.class,
            ConvertCommand.class,
            HelpCommand.class
        },
        synopsisSubcommandLabel = "COMMAND",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "  0:done",
            "  1:failed: an input file is wrong, or the engine had an error",
            "  2:wrong usage",
            "130:interrupted, as by Ctrl-C; running work stops cleanly where it can"
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  hydra train --model models/my-llama --data chats.jsonl --output heads",
            "  hydra evaluate --model models/my-llama --heads heads --questions question.jsonl",
            "  hydra inspect heads/hydra-vicuna-7b-v1.3 --base models/vicuna-7b-v1.3",
            "  hydra help convert"
        })
public final class HydraCommand implements Callable<Integer> {
    private final Streams streams;
    private final Interruption interruption;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(
            names = "--verbose",
            scope = ScopeType.INHERIT,
            description = "log what the engine does, and show where errors come from")
    private boolean verbose;

    /** The command on standard output and standard error. */
    public HydraCommand() {
        this(Streams.system(), new Interruption());
    }

    /** The command on other streams. */
    HydraCommand(Streams streams, Interruption interruption) {
        this.streams = streams;
        this.interruption = interruption;
    }

    /** Runs the command line, and ends the process. */
    public static void main(String[] arguments) {
        Logging.configure(List.of(arguments).contains("--verbose"));
        Interruption interruption = new Interruption();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(interruption), "hydra-stop"));
        int code = new HydraCommand(Streams.system(), interruption).run(arguments);
        interruption.end();
        System.exit(code);
    }

    private static void stop(Interruption interruption) {
        try {
            interruption.request();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Runs a command line, and returns the exit code. */
    public int run(String... arguments) {
        return commandLine().execute(arguments);
    }

    /** The parser. */
    CommandLine commandLine() {
        return configure(new CommandLine(this));
    }

    /** Gives a parser of this command what all its subcommands share. */
    CommandLine configure(CommandLine line) {
        Complaints complaints = new Complaints(() -> verbose);
        return line.setCaseInsensitiveEnumValuesAllowed(true)
                .setUsageHelpAutoWidth(true)
                .registerConverter(HeadsKind.class, HeadsKindWord::parse)
                .setOut(new PrintWriter(streams.results(), true, Charset.defaultCharset()))
                .setErr(new PrintWriter(streams.people(), true, Charset.defaultCharset()))
                .setParameterExceptionHandler(complaints::wrongUsage)
                .setExecutionExceptionHandler(complaints::failed);
    }

    @Override
    public Integer call() {
        spec.commandLine().usage(spec.commandLine().getOut());
        return ExitCode.DONE;
    }

    /** Where results and lines for people go. */
    Streams streams() {
        return streams;
    }

    /** Whether somebody wants the running work to stop. */
    Interruption interruption() {
        return interruption;
    }
}
