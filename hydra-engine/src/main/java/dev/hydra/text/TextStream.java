package dev.hydra.text;

import java.util.ArrayList;
import java.util.List;

/**
 * One sequence's generated text on its way out: whole characters, told apart by origin, up to a stop string. Text that
 * may turn out to begin a stop string is held back until that is settled. Where several stop strings are possible, the
 * one that is complete first counts, and among those the longest; the result does not depend on how the text is cut
 * into tokens. Not for several threads.
 */
public final class TextStream {
    private final Detokenizer detokenizer;
    private final List<String> stopStrings;
    private final int longestStop;

    private final StringBuilder text = new StringBuilder();
    private final List<TextRun> held = new ArrayList<>();
    private final List<TextRun> released = new ArrayList<>();
    private final StringBuilder unsettled = new StringBuilder();
    private int lastDepth;
    private boolean stopped;

    /**
     * @param detokenizer a fresh one; from now on only this stream may use it
     * @param stopStrings texts that end the sequence and are no part of it; none may be empty
     * @throws IllegalArgumentException if a stop string is empty
     */
    public TextStream(Detokenizer detokenizer, List<String> stopStrings) {
        if (stopStrings.contains("")) {
            throw new IllegalArgumentException("a stop string is empty; expected at least one character");
        }
        this.detokenizer = detokenizer;
        this.stopStrings = List.copyOf(stopStrings);
        this.longestStop = stopStrings.stream().mapToInt(String::length).max().orElse(0);
    }

    /**
     * Takes the next token.
     *
     * @param depth who proposed the token: 0 the base model itself, d ≥ 1 the draft head d; text belongs to the token
     *     that completed it
     * @return whether a stop string is complete; the sequence then ends here, and further tokens are ignored
     */
    public boolean append(int token, int depth) {
        if (!stopped) {
            lastDepth = depth;
            add(detokenizer.append(token), depth);
        }
        return stopped;
    }

    /** Ends the sequence: what was held back is final now, unless it completes a stop string. */
    public void finish() {
        if (!stopped) {
            add(detokenizer.finish(), lastDepth);
            release(unsettled.length());
        }
    }

    /** The text that became final since the last call; neighbours are of different depth. */
    public List<TextRun> drain() {
        List<TextRun> runs = List.copyOf(released);
        released.clear();
        return runs;
    }

    /** All text that is final so far; without the stop string. */
    public String text() {
        return text.toString();
    }

    /** Whether a stop string has ended the sequence. */
    public boolean stopped() {
        return stopped;
    }

    private void add(String piece, int depth) {
        if (piece.isEmpty()) {
            return;
        }
        int settled = unsettled.length();
        unsettled.append(piece);
        merge(held, new TextRun(piece, depth));
        for (int end = settled + 1; end <= unsettled.length(); end++) {
            int stop = longestStopEndingAt(end);
            if (stop > 0) {
                release(end - stop);
                unsettled.setLength(0);
                held.clear();
                stopped = true;
                return;
            }
        }
        release(unsettled.length() - longestStopBegunAtEnd());
    }

    private int longestStopEndingAt(int end) {
        int longest = 0;
        for (String stop : stopStrings) {
            int start = end - stop.length();
            if (stop.length() > longest
                    && start >= 0
                    && unsettled.substring(start, end).equals(stop)) {
                longest = stop.length();
            }
        }
        return longest;
    }

    private int longestStopBegunAtEnd() {
        for (int length = Math.min(longestStop - 1, unsettled.length()); length > 0; length--) {
            String end = unsettled.substring(unsettled.length() - length);
            if (stopStrings.stream().anyMatch(stop -> stop.startsWith(end))) {
                return length;
            }
        }
        return 0;
    }

    private void release(int length) {
        text.append(unsettled, 0, length);
        unsettled.delete(0, length);
        int remaining = length;
        while (remaining > 0) {
            TextRun first = held.remove(0);
            String run = first.text();
            if (run.length() > remaining) {
                held.add(0, new TextRun(run.substring(remaining), first.depth()));
                run = run.substring(0, remaining);
            }
            merge(released, new TextRun(run, first.depth()));
            remaining -= run.length();
        }
    }

    private static void merge(List<TextRun> runs, TextRun next) {
        int last = runs.size() - 1;
        if (last >= 0 && runs.get(last).depth() == next.depth()) {
            runs.set(last, new TextRun(runs.get(last).text() + next.text(), next.depth()));
        } else {
            runs.add(next);
        }
    }
}
