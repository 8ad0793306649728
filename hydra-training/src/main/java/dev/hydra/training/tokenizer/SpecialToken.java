package dev.hydra.training.tokenizer;

import java.util.Locale;

/** The tokens that are marks, not text. They take the first ids of every vocabulary, in this order. */
public enum SpecialToken {
    /** Begins a document. */
    BEGIN(0),
    /** Ends a turn; the token at which a model stops. */
    END(1),
    /** Begins a turn of the user. */
    USER(2),
    /** Begins a turn of the assistant. */
    ASSISTANT(3),
    /** Begins a turn that sets the scene. */
    SYSTEM(4),
    /** Fills rows of unequal length. */
    PAD(5);

    private final int id;
    private final String text;

    SpecialToken(int id) {
        this.id = id;
        this.text = "<|" + name().toLowerCase(Locale.ROOT) + "|>";
    }

    /** Its id in the vocabulary. */
    public int id() {
        return id;
    }

    /** How it is written in text, for example {@code <|end|>}. */
    public String text() {
        return text;
    }
}
