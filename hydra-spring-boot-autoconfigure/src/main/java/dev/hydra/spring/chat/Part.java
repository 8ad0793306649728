package dev.hydra.spring.chat;

import java.util.Set;

/** A part of what a call's text consists of, followed character by character. */
interface Part {

    /** What becomes of a part with one more character. */
    enum Outcome {
        /** The character belongs to the part, which may go on. */
        TAKEN,
        /** The character belongs to the part and ends it. */
        LAST,
        /** The part has ended before this character, which belongs to the next one. */
        PASSED,
        /** The text is no call. */
        BROKEN
    }

    /** Follows the next character. */
    Outcome take(char next);

    /** These characters and no others. */
    static Part literal(String text) {
        return new Literal(text);
    }

    /** A character or none. */
    static Part optional(char only) {
        return next -> next == only ? Outcome.LAST : Outcome.PASSED;
    }

    /** White space, or none. */
    static Part space() {
        return next -> Character.isWhitespace(next) ? Outcome.TAKEN : Outcome.PASSED;
    }

    /** Letters and digits, or none. */
    static Part word() {
        return next -> Character.isLetterOrDigit(next) ? Outcome.TAKEN : Outcome.PASSED;
    }

    /** One of these names, and of several the longest. */
    static Name name(Set<String> names) {
        return new Name(names);
    }

    /** A text that has to be there. */
    final class Literal implements Part {
        private final String text;
        private int taken;

        private Literal(String text) {
            this.text = text;
        }

        @Override
        public Outcome take(char next) {
            if (next != text.charAt(taken)) {
                return Outcome.BROKEN;
            }
            taken++;
            return taken == text.length() ? Outcome.LAST : Outcome.TAKEN;
        }
    }

    /** One of several names. */
    final class Name implements Part {
        private final Set<String> names;
        private final StringBuilder text = new StringBuilder();

        private Name(Set<String> names) {
            this.names = names;
        }

        @Override
        public Outcome take(char next) {
            String longer = text.toString() + next;
            if (names.stream().anyMatch(name -> name.startsWith(longer))) {
                text.append(next);
                return Outcome.TAKEN;
            }
            return names.contains(text.toString()) ? Outcome.PASSED : Outcome.BROKEN;
        }

        @Override
        public String toString() {
            return text.toString();
        }
    }
}
