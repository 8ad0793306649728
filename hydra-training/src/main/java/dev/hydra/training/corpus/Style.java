package dev.hydra.training.corpus;

/** How much the stories vary. */
public enum Style {
    /**
     * Every event is told by one sentence, and a hero's name begins with the hero's letter. A small model that begins with such stories
     * learns to look back for a name; from nothing, on rich ones, it does not.
     */
    PLAIN,
    /** Events are told in several ways, with details that the request does not name, and any name may be the hero's. */
    RICH
}
