package dev.hydra.training.console;

import java.io.File;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/*
 * The library that draws bars would ask JLine for the width. JLine takes over the terminal's signals on the way, so that
 * Ctrl-C ends the process at once instead of letting the work stop cleanly: hence the shell is asked.
 */
/**
 * The terminal that standard error goes to.
 *
 * @param columns  characters in a line
 * @param coloured whether its user likes colours
 * @param unicode  whether it shows more than ASCII
 */
record TerminalScreen(int columns, boolean coloured, boolean unicode) {
    private static final int USUAL_COLUMNS = 80;
    private static final int FEWEST_COLUMNS = 20;
    private static final int PATIENCE_SECONDS = 2;

    /** A terminal that is not asked what it can do. */
    static TerminalScreen plain() {
        return new TerminalScreen(USUAL_COLUMNS, false, false);
    }

    /** The terminal of this process; nothing where standard input, output or error is something else, or it cannot move its cursor. */
    @SuppressWarnings("SystemConsoleNull") // never null on newer JDKs: there the shell's answer decides alone
    static Optional<TerminalScreen> find() {
        Map<String, String> environment = System.getenv();
        if (System.console() == null || environment.getOrDefault("TERM", "").equals("dumb")) {
            return Optional.empty();
        }
        boolean unicode = Charset.forName(System.getProperty("native.encoding", "US-ASCII"))
                .equals(StandardCharsets.UTF_8);
        boolean coloured = environment.getOrDefault("NO_COLOR", "").isEmpty();
        int columns = askColumns();
        return columns == 0 ? Optional.empty() : Optional.of(new TerminalScreen(columns, coloured, unicode));
    }

    /** Characters in a line of the terminal on standard error; 0 where there is none. */
    private static int askColumns() {
        try {
            Process shell = new ProcessBuilder("sh", "-c", "test -t 2 && stty size <&2")
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .redirectInput(new File("/dev/null"))
                    .start();
            String answer = new String(shell.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip();
            if (!shell.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                shell.destroyForcibly();
                return 0;
            }
            return columnsOf(shell.exitValue() == 0, answer);
        } catch (IOException e) {
            return USUAL_COLUMNS; // no shell, as on Windows: nothing says that this is no terminal
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return 0;
        }
    }

    /** Of the answer "rows columns"; some terminals do not know their size and say 0. */
    static int columnsOf(boolean terminal, String answer) {
        if (!terminal) {
            return 0;
        }
        int columns =
                answer.matches("\\d{1,5} \\d{1,5}") ? Integer.parseInt(answer.substring(answer.indexOf(' ') + 1)) : 0;
        return columns < FEWEST_COLUMNS ? USUAL_COLUMNS : columns;
    }
}
