package dev.hydra.spring.chat;

import java.util.List;
import java.util.function.Supplier;

/** One way in which a call may be written, followed from its first character on. */
final class CallPattern {

    /** What the characters so far are. */
    enum Progress {
        /** The beginning of a call. */
        OPEN,
        /** A whole call, with the last character. */
        COMPLETE,
        /** No call, because of the last character. */
        BROKEN
    }

    private final List<Part> parts;
    private final int needed;
    private final Supplier<List<Call>> calls;
    private int at;

    private CallPattern(List<Part> parts, int needed, Supplier<List<Call>> calls) {
        this.parts = parts;
        this.needed = needed;
        this.calls = calls;
    }

    /**
     * A pattern of these parts, of which the last one knows its end.
     *
     * @param calls what the parts have read, once they are complete
     */
    static CallPattern of(List<Part> parts, Supplier<List<Call>> calls) {
        return new CallPattern(parts, parts.size(), calls);
    }

    /** The same, where an answer may also end behind the first so many parts. */
    CallPattern whole(int parts) {
        return new CallPattern(this.parts, parts, calls);
    }

    Progress take(char next) {
        while (at < parts.size()) {
            switch (parts.get(at).take(next)) {
                case TAKEN -> {
                    return Progress.OPEN;
                }
                case LAST -> {
                    at++;
                    return at == parts.size() ? Progress.COMPLETE : Progress.OPEN;
                }
                case PASSED -> at++;
                case BROKEN -> {
                    return Progress.BROKEN;
                }
            }
        }
        return Progress.BROKEN;
    }

    /** Whether nothing has to follow any more. */
    boolean isWhole() {
        return at >= needed;
    }

    /** The calls, once they are whole. */
    List<Call> calls() {
        return calls.get();
    }
}
