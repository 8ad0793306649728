package dev.hydra.training.corpus;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Fills in phrases: {@code [a|b]} stands for one of its alternatives, {@code {slot}} for a value. */
final class Phrase {
    private Phrase() {}

    /**
     * Chooses alternatives and fills slots. A slot written with a capital, {@code {He}}, gets its value with a capital.
     *
     * @throws IllegalArgumentException if a slot has no value or a bracket is not closed
     */
    static String fill(String phrase, Map<String, String> slots, Dice dice) {
        String chosen = choose(phrase, dice);
        StringBuilder text = new StringBuilder();
        int from = 0;
        for (int open = chosen.indexOf('{'); open >= 0; open = chosen.indexOf('{', from)) {
            int close = chosen.indexOf('}', open);
            if (close < 0) {
                throw new IllegalArgumentException("'%s' has a '{' without a '}'".formatted(phrase));
            }
            text.append(chosen, from, open).append(value(chosen.substring(open + 1, close), slots, phrase));
            from = close + 1;
        }
        return text.append(chosen, from, chosen.length()).toString();
    }

    /** The word with its indefinite article: {@code an owl}, {@code a unicorn}. */
    static String article(String words) {
        boolean vowel = "aeiou".indexOf(Character.toLowerCase(words.charAt(0))) >= 0 && !words.startsWith("uni");
        return (vowel ? "an " : "a ") + words;
    }

    static String capital(String text) {
        return text.substring(0, 1).toUpperCase(Locale.ROOT) + text.substring(1);
    }

    private static String choose(String phrase, Dice dice) {
        int open = phrase.indexOf('[');
        if (open < 0) {
            return phrase;
        }
        int close = phrase.indexOf(']', open);
        if (close < 0) {
            throw new IllegalArgumentException("'%s' has a '[' without a ']'".formatted(phrase));
        }
        List<String> alternatives = alternatives(phrase.substring(open + 1, close));
        return phrase.substring(0, open) + dice.pick(alternatives) + choose(phrase.substring(close + 1), dice);
    }

    private static List<String> alternatives(String inner) {
        List<String> found = new ArrayList<>();
        int from = 0;
        for (int bar = inner.indexOf('|'); bar >= 0; bar = inner.indexOf('|', from)) {
            found.add(inner.substring(from, bar));
            from = bar + 1;
        }
        found.add(inner.substring(from));
        return found;
    }

    private static String value(String slot, Map<String, String> slots, String phrase) {
        String value = slots.get(slot);
        if (value != null) {
            return value;
        }
        String small = slots.get(slot.substring(0, 1).toLowerCase(Locale.ROOT) + slot.substring(1));
        if (small == null) {
            throw new IllegalArgumentException(
                    "'%s' has no value for {%s}; there are %s".formatted(phrase, slot, slots.keySet()));
        }
        return capital(small);
    }
}
