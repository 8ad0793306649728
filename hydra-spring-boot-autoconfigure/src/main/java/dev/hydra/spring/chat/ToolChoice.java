package dev.hydra.spring.chat;

/** Whether a model may call the tools that a request offers. */
public enum ToolChoice {
    /** The model decides. */
    AUTO,

    /** It answers in words: it is told of no tools, and what looks like a call is text. */
    NONE
}
