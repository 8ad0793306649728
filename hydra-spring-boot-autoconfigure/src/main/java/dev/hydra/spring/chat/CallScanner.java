package dev.hydra.spring.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/*
 * The scanner is an automaton over single characters, so that it cannot matter how an answer was cut into chunks. A character that
 * may begin a call starts all patterns of calls that are possible at its place. They are followed together until one is complete or
 * none is left; then the text so far is no call, but the character that ended it may begin one. That loses none: the marks that calls
 * begin with have their first character nowhere else, and what lies inside of a broken call, in the strings of its JSON for example, is not
 * the model's own wish to call something.
 *
 * White space goes to the call that it stands in front of, and to the last call at an answer's end: formats put it there.
 */
/**
 * Tells the calls in an answer from its words, as the answer comes. Text is held back as long as it may still become a call, and then is
 * text or a whole call. All that it gives is together what it was given. Thoughts at an answer's beginning are words, whatever
 * they contain. Not for several threads.
 */
final class CallScanner {

    private static final String THOUGHT = "<think>";
    private static final String END_OF_THOUGHT = "</think>";

    private final Function<Place, List<CallPattern>> patterns;
    private final List<Piece> pieces = new ArrayList<>();
    private final StringBuilder text = new StringBuilder();
    private final StringBuilder held = new StringBuilder();
    private List<CallPattern> open = List.of();
    private Place place = Place.START;
    private boolean thinking;
    private int endOfThought;

    /** A stretch of an answer. */
    sealed interface Piece {
        /** The answer's own characters. */
        String source();

        /** Words. */
        record Text(String source) implements Piece {}

        /** Calls; none in what belongs to the calls before. */
        record Calls(String source, List<Call> calls) implements Piece {}
    }

    private CallScanner(Function<Place, List<CallPattern>> patterns, boolean thinking) {
        this.patterns = patterns;
        this.thinking = thinking;
    }

    /** Where nothing is to be called: all is words. */
    static CallScanner none() {
        return new CallScanner(place -> List.of(), false);
    }

    /**
     * For an answer to a request that offers tools.
     *
     * @param names of the tools
     * @param prompt what is answered; its end may have begun the answer's thoughts
     */
    static CallScanner of(CallSyntax syntax, Set<String> names, String prompt) {
        return new CallScanner(place -> syntax.patterns(place, names), opensThoughts(prompt));
    }

    /**
     * For an answer that has to be the JSON of a call.
     *
     * @param names of the tools
     */
    static CallScanner required(Set<String> names) {
        return new CallScanner(
                place -> {
                    JsonPart call = JsonPart.call(names);
                    return List.of(CallPattern.of(List.of(call), call::calls));
                },
                false);
    }

    /** Whether an answer to this prompt begins with thoughts that the prompt has opened. */
    static boolean opensThoughts(String prompt) {
        return prompt.stripTrailing().endsWith(THOUGHT);
    }

    /** Takes more of the answer, and gives what is settled. */
    List<Piece> read(String more) {
        for (int at = 0; at < more.length(); at++) {
            take(more.charAt(at));
        }
        return drain();
    }

    /** Ends the answer: what was held back is text, unless nothing that a call needs is missing. */
    List<Piece> finish() {
        CallPattern whole =
                open.stream().filter(CallPattern::isWhole).findFirst().orElse(null);
        if (whole != null) {
            settle(whole.calls());
        } else if (open.isEmpty() && place == Place.BEHIND_CALL) {
            settle(List.of());
        } else {
            release();
        }
        return drain();
    }

    private void take(char next) {
        if (thinking) {
            think(next);
        } else if (open.isEmpty()) {
            begin(next);
        } else {
            follow(next);
        }
    }

    private void think(char next) {
        text.append(next);
        boolean fits = next == END_OF_THOUGHT.charAt(endOfThought);
        endOfThought = fits ? endOfThought + 1 : next == END_OF_THOUGHT.charAt(0) ? 1 : 0;
        if (endOfThought == END_OF_THOUGHT.length()) {
            thinking = false;
        }
    }

    private void begin(char next) {
        List<CallPattern> possible = patterns.apply(place);
        if (possible.isEmpty()) {
            text.append(next);
        } else if (Character.isWhitespace(next)) {
            held.append(next);
        } else {
            open = new ArrayList<>(possible);
            if (place == Place.START) {
                open.add(CallPattern.of(List.of(Part.literal(THOUGHT)), List::of));
            }
            if (!followed(next)) {
                held.append(next);
                release();
            }
        }
    }

    private void follow(char next) {
        if (!followed(next)) {
            release();
            take(next);
        }
    }

    /** Whether the character goes on with a call. */
    private boolean followed(char next) {
        List<CallPattern> going = new ArrayList<>();
        for (CallPattern pattern : open) {
            switch (pattern.take(next)) {
                case OPEN -> going.add(pattern);
                case COMPLETE -> {
                    held.append(next);
                    complete(pattern.calls());
                    return true;
                }
                case BROKEN -> {}
            }
        }
        open = going;
        if (!going.isEmpty()) {
            held.append(next);
        }
        return !going.isEmpty();
    }

    private void complete(List<Call> calls) {
        if (calls.isEmpty()) {
            release();
            place = Place.START;
            thinking = true;
        } else {
            settle(calls);
        }
    }

    private void settle(List<Call> calls) {
        endText();
        if (!held.isEmpty()) {
            pieces.add(new Piece.Calls(held.toString(), calls));
        }
        held.setLength(0);
        open = List.of();
        place = Place.BEHIND_CALL;
    }

    private void release() {
        if (!held.isEmpty()) {
            text.append(held);
            place = Place.TEXT;
        }
        held.setLength(0);
        open = List.of();
    }

    private void endText() {
        if (!text.isEmpty()) {
            pieces.add(new Piece.Text(text.toString()));
            text.setLength(0);
        }
    }

    private List<Piece> drain() {
        endText();
        List<Piece> settled = List.copyOf(pieces);
        pieces.clear();
        return settled;
    }
}
