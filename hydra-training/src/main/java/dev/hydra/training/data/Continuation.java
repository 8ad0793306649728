package dev.hydra.training.data;

import dev.hydra.text.Tokenizer;
import java.util.List;

/**
 * Tokens of a text that goes on behind another one. Encoded by itself it may get a mark in front that belongs to the begin of a
 * text alone, as sentencepiece puts a space there. Immutable; shares the tokenizer.
 */
final class Continuation {
    // stands for what goes before; a line feed is a token of its own, which nothing but white space joins
    private static final String ANCHOR = "\n";

    private final Tokenizer tokenizer;
    private final List<Integer> anchor;
    private final boolean marksBegin;

    Continuation(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
        this.anchor = tokenizer.encode(ANCHOR);
        this.marksBegin = !rest(tokenizer.encode(ANCHOR + "a"), anchor).equals(tokenizer.encode("a"));
    }

    /** The tokens of a text behind any other. */
    List<Integer> encode(String text) {
        List<Integer> anchored = marksBegin ? rest(tokenizer.encode(ANCHOR + text), anchor) : List.of();
        return anchored.isEmpty() ? tokenizer.encode(text) : anchored;
    }

    /** What tokens have behind a beginning; empty if they begin in another way. */
    static List<Integer> rest(List<Integer> tokens, List<Integer> beginning) {
        int size = beginning.size();
        return tokens.size() >= size && tokens.subList(0, size).equals(beginning)
                ? tokens.subList(size, tokens.size())
                : List.of();
    }
}
