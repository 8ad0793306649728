package dev.hydra.decode;

/** Why a generation ended. */
public enum FinishReason {
    /** The model said an end token, or the text came to a stop string. */
    STOP,
    /** The token budget is spent, or the cache row is full. */
    LENGTH,
    /** The caller cancelled, or the engine was closed. */
    CANCELLED
}
