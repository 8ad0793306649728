package dev.hydra.training.cli;

import ai.djl.engine.EngineException;
import dev.hydra.checkpoint.CheckpointException;
import dev.hydra.hub.HubException;
import dev.hydra.training.TrainingException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * Turns what went wrong into one line for people: the command, what it is, what was found, what was expected, what to do.
 *
 * @param verbose whether people also want to see where it comes from
 */
record Complaints(BooleanSupplier verbose) {

    /** The command line is wrong. */
    int wrongUsage(ParameterException error, String[] arguments) {
        CommandLine command = error.getCommandLine();
        PrintWriter people = command.getErr();
        String name = command.getCommandSpec().qualifiedName();
        people.printf("%s: %s; see %s --help%n", name, lowerCase(String.valueOf(error.getMessage())), name);
        UnmatchedArgumentException.printSuggestions(error, people);
        printTrace(people, error);
        return ExitCode.USAGE;
    }

    /** The work failed. */
    int failed(Exception error, CommandLine command, ParseResult parsed) {
        PrintWriter people = command.getErr();
        String name = command.getCommandSpec().qualifiedName();
        if (error instanceof InterruptedException) {
            people.printf("%s: interrupted%n", name);
            return ExitCode.INTERRUPTED;
        }
        Optional<String> message = message(error);
        if (message.isPresent()) {
            people.printf("%s: %s%n", name, message.get());
            printTrace(people, error);
        } else {
            people.printf("%s: this is a bug, report it with what follows:%n", name);
            error.printStackTrace(people);
        }
        people.flush();
        return ExitCode.FAILED;
    }

    private void printTrace(PrintWriter people, Exception error) {
        if (verbose.getAsBoolean()) {
            error.printStackTrace(people);
            people.flush();
        }
    }

    /** What people can do something about; nothing where the error is our own. */
    static Optional<String> message(Throwable error) {
        if (error instanceof UncheckedIOException && error.getCause() instanceof IOException io) {
            return Optional.of(fileMessage(io));
        }
        if (error instanceof IOException io) {
            return Optional.of(fileMessage(io));
        }
        String text = String.valueOf(error.getMessage());
        if (error instanceof EngineException) {
            Throwable cause = error.getCause();
            // libtorch goes on with a trace of its own
            return Optional.of("PyTorch: "
                    + text.lines().findFirst().orElse(text)
                    + (cause == null || cause.getMessage() == null ? "" : ": " + cause.getMessage()));
        }
        boolean input = error instanceof CheckpointException
                || error instanceof HubException
                || error instanceof IllegalArgumentException
                || error instanceof TrainingException;
        return input && error.getMessage() != null ? Optional.of(text) : Optional.empty();
    }

    private static String fileMessage(IOException error) {
        if (!(error instanceof FileSystemException file) || file.getFile() == null) {
            return error.getMessage() == null ? error.toString() : error.getMessage();
        }
        if (error instanceof NoSuchFileException) {
            return file.getFile() + ": not found";
        }
        if (error instanceof AccessDeniedException) {
            return file.getFile() + ": access is denied";
        }
        if (error instanceof FileAlreadyExistsException) {
            return file.getFile() + ": exists already";
        }
        if (error instanceof DirectoryNotEmptyException) {
            return file.getFile() + ": the folder is not empty";
        }
        if (error instanceof NotDirectoryException) {
            return file.getFile() + ": is no folder";
        }
        return file.getFile() + ": " + (file.getReason() == null ? error.toString() : file.getReason());
    }

    /** The parser begins with a capital letter, ours do not; what is in capitals stays. */
    private static String lowerCase(String text) {
        boolean word = text.length() > 1 && Character.isLowerCase(text.charAt(1));
        return word ? Character.toLowerCase(text.charAt(0)) + text.substring(1) : text;
    }
}
