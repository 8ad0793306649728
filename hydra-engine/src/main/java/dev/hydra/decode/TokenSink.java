package dev.hydra.decode;

/** Where a sequence's tokens go as they are emitted, and who may say that one of them was the last. */
public interface TokenSink {

    /**
     * Takes a token; never an end token.
     *
     * @param depth 0 where the base model said it itself, else the depth in the tree at which it was drafted
     * @return whether the sequence ends with this token
     */
    boolean append(int token, int depth);

    /** Whether {@link #stepped} is to be told of every step. Only then do drafted tokens leave the device. */
    default boolean isTracing() {
        return false;
    }

    /** A step was made, and its tokens were appended; called only where {@link #isTracing}. */
    default void stepped(StepTrace step) {}

    /** A step's tokens are complete; more will follow unless the sequence has ended. */
    void flush();

    /** The text of all tokens, without what ended it. */
    String text();
}
