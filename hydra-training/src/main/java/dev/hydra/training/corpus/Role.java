package dev.hydra.training.corpus;

import java.util.Locale;

/** Who speaks in a turn of a chat. */
public enum Role {
    /** Sets the scene; at most once, at the beginning. */
    SYSTEM,
    /** The visitor. */
    USER,
    /** The model. */
    ASSISTANT;

    /** The name that chat templates use, for example {@code user}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
