package dev.hydra.training.tokenizer;

import java.util.Locale;

/** The tokens that are marks, not text. They take the first ids of every vocabulary, in this order. */
public enum SpecialToken {
    /** Begins a document. */
    BEGIN,
    /** Ends a turn; the token at which a model stops. */
    END,
    /** Begins a turn of the user. */
    USER,
    /** Begins a turn of the assistant. */
    ASSISTANT,
    /** Begins a turn that sets the scene. */
    SYSTEM,
    /** Fills rows of unequal length. */
    PAD;

    private final String text = "<|" + name().toLowerCase(Locale.ROOT) + "|>";

    /** Its id in the vocabulary. */
    public int id() {
        return ordinal();
    }

    /** How it is written in text, for example {@code <|end|>}. */
    public String text() {
        return text;
    }
}
