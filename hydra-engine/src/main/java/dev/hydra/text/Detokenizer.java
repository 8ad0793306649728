package dev.hydra.text;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/*
 * Text that was handed out can't be taken back, so only text that no later token can change may leave.
 *
 * Byte-level tokens are bytes: a UTF-8 decoder that keeps the up to three bytes of an unfinished character is exact.
 *
 * Other tokens are strings, joined by rules that look at neighbours: the first word loses its leading space, and a run
 * of <0x..> tokens becomes characters only if the whole run is valid UTF-8 (otherwise one U+FFFD for each of its bytes).
 * So a run of bytes waits for its end, and the rest is decoded in a sliding window: the text of the tokens that gave
 * the previous piece, with and without the new tokens behind them; the difference is the new piece.
 */
/**
 * Turns one sequence's tokens into text as they come, in whole characters only. All pieces together with
 * {@link #finish} are what {@link Tokenizer#decode} gives for the whole sequence. The work for a token does not grow
 * with the sequence. Special tokens have no text, but for those that are to be shown. Not for several threads; the tokenizer must stay
 * open.
 */
public final class Detokenizer {
    private final Tokenizer tokenizer;
    private final Vocabulary vocabulary;
    private final Set<Integer> shown;
    private final Utf8 utf8 = new Utf8();
    private final List<Integer> context = new ArrayList<>();
    private final List<Integer> waiting = new ArrayList<>();

    /** Begins a sequence in the given vocabulary. */
    public Detokenizer(Tokenizer tokenizer) {
        this(tokenizer, Set.of());
    }

    /**
     * Begins a sequence in the given vocabulary.
     *
     * @param shown special tokens whose text is how the tokenizer's file spells them
     */
    public Detokenizer(Tokenizer tokenizer, Set<Integer> shown) {
        this.tokenizer = tokenizer;
        this.vocabulary = tokenizer.tokens();
        this.shown = Set.copyOf(shown);
    }

    /**
     * Takes the next token.
     *
     * @return the text that is now final; empty while a character (or a run of byte tokens) is unfinished
     * @throws IllegalStateException if the tokenizer is closed
     */
    public String append(int token) {
        if (!vocabulary.isText(token)) {
            return shown.contains(token) && vocabulary.isKnown(token) ? finish() + vocabulary.token(token) : "";
        }
        if (vocabulary.decoding() == Vocabulary.Decoding.BYTES) {
            StringBuilder text = new StringBuilder();
            for (byte octet : ByteLevel.bytes(vocabulary.token(token))) {
                utf8.append(Byte.toUnsignedInt(octet), text);
            }
            return text.toString();
        }
        waiting.add(token);
        return vocabulary.isFallbackByte(token) ? "" : decodeWaiting();
    }

    /**
     * Ends the sequence.
     *
     * @return the text still held back; an unfinished character comes as U+FFFD
     * @throws IllegalStateException if the tokenizer is closed
     */
    public String finish() {
        StringBuilder text = new StringBuilder();
        utf8.finish(text);
        if (!waiting.isEmpty()) {
            text.append(decodeWaiting());
        }
        return text.toString();
    }

    private String decodeWaiting() {
        List<Integer> window = new ArrayList<>(context);
        window.addAll(waiting);
        String piece =
                tokenizer.decode(window).substring(tokenizer.decode(context).length());
        if (!piece.isEmpty()) {
            context.clear();
            context.addAll(waiting);
            waiting.clear();
        }
        return piece;
    }
}
