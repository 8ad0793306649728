package dev.hydra.training.corpus;

import java.util.Locale;

/** The small liberties that people take when they type a question. */
final class Typing {
    private static final double SMALL_LETTERS = 0.25;
    private static final double NO_END_MARK = 0.25;
    private static final double SLIP = 0.02;
    private static final int SHORTEST_WORD_WITH_A_SLIP = 5;

    private Typing() {}

    /** The text as somebody in a hurry may type it: without capitals or the last mark, or with two letters swapped. */
    static String vary(String text, Dice dice) {
        String typed = text;
        if (dice.chance(SMALL_LETTERS)) {
            typed = typed.toLowerCase(Locale.ROOT);
        }
        if (dice.chance(NO_END_MARK) && typed.length() > 1 && ".?!".indexOf(typed.charAt(typed.length() - 1)) >= 0) {
            typed = typed.substring(0, typed.length() - 1);
        }
        return dice.chance(SLIP) ? slip(typed, dice) : typed;
    }

    private static String slip(String text, Dice dice) {
        String[] words = text.split(" ", -1);
        int index = dice.below(words.length);
        String word = words[index];
        if (word.length() < SHORTEST_WORD_WITH_A_SLIP) {
            return text;
        }
        int at = 1 + dice.below(word.length() - 3);
        words[index] = word.substring(0, at) + word.charAt(at + 1) + word.charAt(at) + word.substring(at + 2);
        return String.join(" ", words);
    }
}
