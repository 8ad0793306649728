package dev.hydra.training.console;

import java.io.PrintStream;
import java.time.temporal.ChronoUnit;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** Progress as a line that a daemon thread draws again and again, until it is closed. */
final class BarProgress implements Progress {
    private static final int REDRAW_MILLIS = 500;
    private static final int MARGIN = 1;
    private static final String CLEAR_LINE = "\r\033[K";

    private final PrintStream stream;
    private final Runnable closing;
    private final Line consumer;
    private final ProgressBar bar;
    private boolean closed;

    /**
     * Begins with an empty bar.
     *
     * @param announced what is to be done
     * @param closing   runs once, when the bar is closed
     */
    BarProgress(Work announced, PrintStream stream, TerminalScreen screen, Runnable closing) {
        this.stream = stream;
        this.closing = closing;
        this.consumer = new Line(stream, screen.columns() - MARGIN);
        this.bar = new ProgressBarBuilder()
                .setTaskName(announced.task())
                .setInitialMax(announced.total() > 0 ? announced.total() : -1)
                .setUnit(" " + announced.unit(), 1)
                .setUpdateIntervalMillis(REDRAW_MILLIS)
                .continuousUpdate()
                .setStyle(style(screen))
                .setSpeedUnit(ChronoUnit.SECONDS)
                .showSpeed()
                .setConsumer(consumer)
                .build();
    }

    private static ProgressBarStyle style(TerminalScreen screen) {
        if (!screen.unicode()) {
            return ProgressBarStyle.ASCII;
        }
        return screen.coloured() ? ProgressBarStyle.COLORFUL_UNICODE_BAR : ProgressBarStyle.UNICODE_BLOCK;
    }

    /** Writes a line where the bar is, and the bar below it. */
    void interrupt(String line) {
        stream.print(CLEAR_LINE + line + System.lineSeparator());
        bar.refresh();
    }

    @Override
    public void advance(long by) {
        bar.stepBy(by);
    }

    @Override
    public void remark(String text) {
        bar.setExtraMessage(" " + text);
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        closing.run();
        // the library waits for the last drawing, and would swallow an interruption
        boolean interrupted = Thread.interrupted();
        try {
            bar.close();
            consumer.end();
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Where the library draws; of a given width, which keeps it from asking JLine. See {@link TerminalScreen}. */
    private static final class Line extends ConsoleProgressBarConsumer {
        private boolean ended;

        Line(PrintStream stream, int width) {
            super(stream, width);
        }

        @Override
        public synchronized void close() {
            ended = true;
            super.close();
        }

        /** Breaks the line, which the library forgets where the bar is closed before it was drawn for the first time. */
        synchronized void end() {
            if (!ended) {
                close();
            }
        }
    }
}
