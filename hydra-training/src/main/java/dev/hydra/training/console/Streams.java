package dev.hydra.training.console;

import java.io.PrintStream;

/**
 * Where text goes.
 *
 * @param results what the command was asked for
 * @param people  what people read meanwhile
 */
public record Streams(PrintStream results, PrintStream people) {
    /** Standard output and standard error, as they are now. */
    public static Streams system() {
        return new Streams(System.out, System.err);
    }
}
