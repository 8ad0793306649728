package dev.hydra.training.corpus;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Fills in phrases: {@code [a|b]} stands for one of its alternatives, {@code {slot}} for a value. */
final class Phrase {
    private Phrase() {}

    /**
     * Chooses alternatives, which may hold others, and fills slots, whose values may hold slots. {@code {He}} gets the value
     * of {@code he} with a capital, {@code {a look}} the value of {@code look} with its article.
     *
     * @throws IllegalArgumentException if a slot has no value or a bracket is not closed
     */
    static String fill(String phrase, Map<String, String> slots, Dice dice) {
        return slotted(choose(phrase, dice), slots);
    }

    /** The word with its indefinite article: {@code an owl}, {@code a unicorn}. */
    static String article(String words) {
        boolean vowel = "aeiou".indexOf(Character.toLowerCase(words.charAt(0))) >= 0 && !words.startsWith("uni");
        return (vowel ? "an " : "a ") + words;
    }

    static String capital(String text) {
        return text.substring(0, 1).toUpperCase(Locale.ROOT) + text.substring(1);
    }

    private static String slotted(String phrase, Map<String, String> slots) {
        StringBuilder text = new StringBuilder();
        int from = 0;
        for (int open = phrase.indexOf('{'); open >= 0; open = phrase.indexOf('{', from)) {
            int close = phrase.indexOf('}', open);
            if (close < 0) {
                throw new IllegalArgumentException("'%s' has a '{' without a '}'".formatted(phrase));
            }
            text.append(phrase, from, open).append(value(phrase.substring(open + 1, close), slots, phrase));
            from = close + 1;
        }
        return text.append(phrase, from, phrase.length()).toString();
    }

    /** Chooses alternatives and leaves slots as they are. */
    static String choose(String phrase, Dice dice) {
        int open = phrase.indexOf('[');
        if (open < 0) {
            return phrase;
        }
        int close = closing(phrase, open);
        String chosen = dice.pick(alternatives(phrase.substring(open + 1, close)));
        return phrase.substring(0, open) + choose(chosen, dice) + choose(phrase.substring(close + 1), dice);
    }

    /** Where the bracket that opens at a place is closed. */
    private static int closing(String phrase, int open) {
        int depth = 0;
        for (int at = open; at < phrase.length(); at++) {
            depth += nesting(phrase.charAt(at));
            if (depth == 0) {
                return at;
            }
        }
        throw new IllegalArgumentException("'%s' has a '[' without a ']'".formatted(phrase));
    }

    private static List<String> alternatives(String inner) {
        List<String> found = new ArrayList<>();
        int from = 0;
        int depth = 0;
        for (int at = 0; at < inner.length(); at++) {
            depth += nesting(inner.charAt(at));
            if (depth == 0 && inner.charAt(at) == '|') {
                found.add(inner.substring(from, at));
                from = at + 1;
            }
        }
        found.add(inner.substring(from));
        return found;
    }

    private static int nesting(char letter) {
        return letter == '[' ? 1 : letter == ']' ? -1 : 0;
    }

    private static String value(String slot, Map<String, String> slots, String phrase) {
        String value = slots.get(slot);
        if (value != null) {
            return slotted(value, slots);
        }
        String small = slot.substring(0, 1).toLowerCase(Locale.ROOT) + slot.substring(1);
        if (!small.equals(slot)) {
            return capital(value(small, slots, phrase));
        }
        if (slot.startsWith("a ")) {
            return article(value(slot.substring(2), slots, phrase));
        }
        throw new IllegalArgumentException(
                "'%s' has no value for {%s}; there are %s".formatted(phrase, slot, slots.keySet()));
    }
}
