package dev.hydra.training.console;

import java.io.PrintStream;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** A console on two streams of text. Belongs to one thread. */
public final class StreamConsole implements Console {
    private final PrintStream results;
    private final PrintStream people;
    private final ProgressDisplay display;
    private final TerminalScreen screen;
    private final LongSupplier clock;
    private @Nullable BarProgress bar;

    private StreamConsole(Streams streams, ProgressDisplay display, TerminalScreen screen, LongSupplier clock) {
        this.results = streams.results();
        this.people = streams.people();
        this.display = display;
        this.screen = screen;
        this.clock = clock;
    }

    /**
     * A console on two streams.
     *
     * @param display how progress is shown; {@link ProgressDisplay#AUTO} looks whether this process has a terminal
     */
    public static StreamConsole of(Streams streams, ProgressDisplay display) {
        Optional<TerminalScreen> screen = display == ProgressDisplay.AUTO || display == ProgressDisplay.BAR
                ? TerminalScreen.find()
                : Optional.empty();
        ProgressDisplay found = screen.isPresent() ? ProgressDisplay.BAR : ProgressDisplay.LINES;
        return new StreamConsole(
                streams,
                display == ProgressDisplay.AUTO ? found : display,
                screen.orElseGet(TerminalScreen::plain),
                System::nanoTime);
    }

    /** A console of lines by another clock, of nanoseconds. */
    static StreamConsole lines(Streams streams, LongSupplier clock) {
        return new StreamConsole(streams, ProgressDisplay.LINES, TerminalScreen.plain(), clock);
    }

    /** A console of bars on a terminal. */
    static StreamConsole bars(Streams streams, TerminalScreen screen) {
        return new StreamConsole(streams, ProgressDisplay.BAR, screen, System::nanoTime);
    }

    @Override
    public void say(String line) {
        if (bar == null) {
            people.println(line);
        } else {
            bar.interrupt(line);
        }
    }

    @Override
    public void print(String text) {
        results.println(text);
        results.flush();
    }

    @Override
    public Progress progress(String task, long total, String unit) {
        Work work = new Work(task, total, unit);
        return switch (display) {
            case BAR -> {
                BarProgress begun = new BarProgress(work, people, screen, () -> bar = null);
                bar = begun;
                yield begun;
            }
            case LINES -> new LineProgress(work, this::say, clock);
            case AUTO, NONE -> Progress.silent();
        };
    }
}
