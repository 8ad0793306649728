package dev.hydra.spring.chat;

/** What an answer is, where no schema says more. */
public enum ResponseFormat {
    /** Any text. */
    TEXT,
    /** A JSON object of any kind, whole even where tokens run short. */
    JSON
}
