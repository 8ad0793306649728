package dev.hydra.training.console;

import java.time.Duration;
import java.util.StringJoiner;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Progress as lines of text: at the start, at the end, and in between where another tenth of the work is done, but ten seconds
 * apart at least and five minutes at most, as long as the work reports.
 */
final class LineProgress implements Progress {
    private static final int TENTH = 10;
    private static final Duration SHORTEST = Duration.ofSeconds(10);
    private static final Duration LONGEST = Duration.ofMinutes(5);

    private final String task;
    private final long total;
    private final String unit;
    private final Consumer<String> lines;
    private final LongSupplier clock;
    private final long start;
    private long done;
    private long lastLine;
    private int lastTenth;
    private String remark = "";
    private boolean closed;

    /**
     * Begins with a line.
     *
     * @param announced what is to be done
     * @param lines     where lines go
     * @param clock     nanoseconds that only grow
     */
    LineProgress(Work announced, Consumer<String> lines, LongSupplier clock) {
        this.task = announced.task();
        this.total = announced.total();
        this.unit = announced.unit();
        this.lines = lines;
        this.clock = clock;
        this.start = clock.getAsLong();
        this.lastLine = start;
        lines.accept(total > 0 ? "%s: %d %s".formatted(task, total, unit) : task);
    }

    @Override
    public void advance(long by) {
        done += by;
        Standing standing = standing();
        int tenth = standing.percent() / TENTH;
        Duration silence = Duration.ofNanos(clock.getAsLong() - lastLine);
        boolean another = tenth > lastTenth && silence.compareTo(SHORTEST) >= 0;
        if (done < total && another || silence.compareTo(LONGEST) >= 0) {
            lastLine = clock.getAsLong();
            lastTenth = tenth;
            StringJoiner line = new StringJoiner(", ", task + ": ", "");
            if (total > 0) {
                line.add(standing.percent() + " %");
            }
            line.add(standing.amount()).add(standing.rate());
            if (!standing.left().isEmpty()) {
                line.add(standing.left());
            }
            lines.accept(withRemark(line));
        }
    }

    @Override
    public void remark(String text) {
        remark = text;
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        Standing standing = standing();
        String end = done < total
                ? "stopped at %s after %s".formatted(standing.amount(), standing.time())
                : "%d %s in %s".formatted(done, unit, standing.time());
        lines.accept(withRemark(new StringJoiner(", ", task + ": ", "").add(end).add(standing.rate())));
    }

    private Standing standing() {
        return new Standing(done, total, unit, Duration.ofNanos(clock.getAsLong() - start));
    }

    private String withRemark(StringJoiner line) {
        return (remark.isEmpty() ? line : line.add(remark)).toString();
    }
}
