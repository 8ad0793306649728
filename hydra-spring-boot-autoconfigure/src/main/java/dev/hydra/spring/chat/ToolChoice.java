package dev.hydra.spring.chat;

/** Whether a model may, or has to, call the tools that a request offers. */
public enum ToolChoice {
    /** The model decides. */
    AUTO,

    /** It answers in words: it is told of no tools, and what looks like a call is text. */
    NONE,

    /** The answer is a call of one of the tools, with arguments that fit its schema, and nothing else. */
    REQUIRED,

    /**
     * As {@link #REQUIRED} where the conversation ends with a user's words, and as {@link #AUTO} where it ends with the results of
     * tools: for loops that ask again until the answer is in words.
     */
    REQUIRED_FIRST
}
