package dev.hydra.training.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class StreamConsoleTest {
    private final ByteArrayOutputStream results = new ByteArrayOutputStream();
    private final ByteArrayOutputStream people = new ByteArrayOutputStream();
    private final Streams streams = new Streams(stream(results), stream(people));
    private long now;

    @Test
    void printsResultsOnOneStreamAndSaysLinesOnTheOther() {
        Console console = lines();
        console.say("reading");
        console.print("{}");
        assertThat(results.toString(StandardCharsets.UTF_8)).isEqualToNormalizingNewlines("{}\n");
        assertThat(said()).containsExactly("reading");
    }

    @Test
    void saysALineAtTheStartAndAtTheEndOfShortWork() {
        try (Progress progress = lines().progress("training", 2000, "steps")) {
            for (int step = 0; step < 2000; step++) {
                pass(Duration.ofMillis(4));
                progress.advance(1);
            }
            progress.remark("loss 2.31");
        }
        assertThat(said())
                .containsExactly("training: 2000 steps", "training: 2000 steps in 8 s, 250 steps/s, loss 2.31");
    }

    @Test
    void saysALineForEveryTenthOfLongWorkWithRateAndTimeLeft() {
        try (Progress progress = lines().progress("training", 100, "steps")) {
            for (int step = 0; step < 100; step++) {
                pass(Duration.ofSeconds(6));
                progress.remark("loss 2.31");
                progress.advance(1);
            }
        }
        assertThat(said())
                .hasSize(11)
                .contains("training: 30 %, 30 of 100 steps, 10.0 steps/min, 7 min 0 s left, loss 2.31")
                .endsWith("training: 100 steps in 10 min 0 s, 10.0 steps/min, loss 2.31");
    }

    @Test
    void saysNoLinesCloserThanTenSecondsApart() {
        try (Progress progress = lines().progress("training", 100, "steps")) {
            for (int step = 0; step < 100; step++) {
                pass(Duration.ofMillis(300));
                progress.advance(1);
            }
        }
        assertThat(said())
                .containsExactly(
                        "training: 100 steps",
                        "training: 34 %, 34 of 100 steps, 3.3 steps/s, 20 s left",
                        "training: 68 %, 68 of 100 steps, 3.3 steps/s, 10 s left",
                        "training: 100 steps in 30 s, 3.3 steps/s");
    }

    @Test
    void saysALineEveryFiveMinutesWhereATenthTakesHours() {
        try (Progress progress = lines().progress("training", 1_000_000, "steps")) {
            for (int step = 0; step < 120; step++) {
                pass(Duration.ofSeconds(10));
                progress.advance(1);
            }
        }
        assertThat(said())
                .hasSize(6)
                .contains("training: 0 %, 30 of 1000000 steps, 6.0 steps/min, 2777 h 41 min left")
                .endsWith("training: stopped at 120 of 1000000 steps after 20 min 0 s, 6.0 steps/min");
    }

    @Test
    void countsWorkWhoseAmountNobodyKnows() {
        try (Progress progress = lines().progress("reading", 0, "lines")) {
            pass(Duration.ofSeconds(301));
            progress.advance(602);
        }
        assertThat(said())
                .containsExactly(
                        "reading", "reading: 602 lines, 2.0 lines/s", "reading: 602 lines in 5 min 1 s, 2.0 lines/s");
    }

    @Test
    void endsALineReportOnceHoweverOftenItIsClosed() {
        Progress progress = lines().progress("training", 3, "steps");
        progress.close();
        progress.close();
        assertThat(said())
                .containsExactly("training: 3 steps", "training: stopped at 0 of 3 steps after 0 s, 0.0 steps/s");
    }

    @Test
    void drawsABarWithTaskPercentRateAndRemark() {
        try (Progress progress = bars().progress("training", 200, "steps")) {
            progress.advance(100);
            progress.remark("loss 2.31");
        }
        assertThat(people.toString(StandardCharsets.UTF_8))
                .contains("training", "50%", "100/200 steps", "steps/s", "loss 2.31")
                .endsWith(System.lineSeparator());
    }

    @Test
    void keepsLinesApartFromTheBar() {
        Console console = bars();
        try (Progress progress = console.progress("training", 200, "steps")) {
            progress.advance(1);
            console.say("saved heads");
        }
        console.say("done");
        assertThat(people.toString(StandardCharsets.UTF_8))
                .contains("\r\033[Ksaved heads" + System.lineSeparator())
                .endsWith(System.lineSeparator() + "done" + System.lineSeparator());
    }

    @Test
    void drawsNothingAfterTheBarIsClosed() throws InterruptedException {
        Progress progress = bars().progress("training", 200, "steps");
        progress.close();
        progress.close();
        int length = people.size();
        Thread.sleep(1200);
        assertThat(people.size()).isEqualTo(length);
        assertThat(Thread.getAllStackTraces().keySet())
                .filteredOn(thread -> thread.getName().equals("ProgressBar"))
                .allMatch(Thread::isDaemon)
                .hasSizeLessThan(2);
    }

    @Test
    void closesTheBarOfAnInterruptedThreadAndKeepsItInterrupted() {
        Progress progress = bars().progress("training", 200, "steps");
        Thread.currentThread().interrupt();
        progress.close();
        assertThat(Thread.interrupted()).isTrue();
        assertThat(people.toString(StandardCharsets.UTF_8)).endsWith(System.lineSeparator());
    }

    @Test
    void showsNothingWhereProgressIsNotWanted() {
        Console console = StreamConsole.of(streams, ProgressDisplay.NONE);
        try (Progress progress = console.progress("training", 200, "steps")) {
            progress.advance(200);
        }
        assertThat(people.size()).isZero();
    }

    @Test
    void takesTheWidthFromTheTerminalsAnswer() {
        assertThat(TerminalScreen.columnsOf(true, "24 132")).isEqualTo(132);
        assertThat(TerminalScreen.columnsOf(true, "0 0")).isEqualTo(80);
        assertThat(TerminalScreen.columnsOf(true, "")).isEqualTo(80);
        assertThat(TerminalScreen.columnsOf(false, "24 132")).isZero();
    }

    private Console lines() {
        return StreamConsole.lines(streams, () -> now);
    }

    private Console bars() {
        return StreamConsole.bars(streams, TerminalScreen.plain());
    }

    private void pass(Duration time) {
        now += time.toNanos();
    }

    private List<String> said() {
        return people.toString(StandardCharsets.UTF_8).lines().toList();
    }

    private static PrintStream stream(ByteArrayOutputStream bytes) {
        return new PrintStream(bytes, true, StandardCharsets.UTF_8);
    }
}
