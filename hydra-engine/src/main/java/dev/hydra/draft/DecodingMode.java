package dev.hydra.draft;

/** How drafts are made, and so how fast the model decodes; never what it says. */
public enum DecodingMode {
    /** Without drafts: one token a step. */
    PLAIN,
    /** With Medusa heads. */
    MEDUSA,
    /** With Hydra or Hydra++ heads. */
    HYDRA
}
