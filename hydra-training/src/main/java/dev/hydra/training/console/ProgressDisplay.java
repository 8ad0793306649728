package dev.hydra.training.console;

import java.util.Locale;

/** How progress is shown. */
public enum ProgressDisplay {
    /** Bars on a terminal, else lines. */
    AUTO,
    /** One line that is drawn again and again. */
    BAR,
    /** A line now and then, for log files and pipes. */
    LINES,
    /** Not at all. */
    NONE;

    /** The word on the command line. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
