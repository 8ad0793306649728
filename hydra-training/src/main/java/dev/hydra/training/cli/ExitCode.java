package dev.hydra.training.cli;

/** What the process answers with. */
final class ExitCode {
    /** All is done. */
    static final int DONE = 0;
    /** The work failed: bad input files, or an error of the engine. */
    static final int FAILED = 1;
    /** The command line is wrong. */
    static final int USAGE = 2;
    /** Somebody stopped the work; as shells have it for Ctrl-C. */
    static final int INTERRUPTED = 130;

    private ExitCode() {}
}
