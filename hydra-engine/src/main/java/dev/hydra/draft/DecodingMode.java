package dev.hydra.draft;

import java.util.Locale;

/** How drafts are made, and so how fast the model decodes; never what it says. */
public enum DecodingMode {
    /** Without drafts: one token a step. */
    PLAIN,
    /** With Medusa heads. */
    MEDUSA,
    /** With Hydra or Hydra++ heads. */
    HYDRA;

    /** The mode's name as properties and reports write it: {@code plain}, {@code medusa} or {@code hydra}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
