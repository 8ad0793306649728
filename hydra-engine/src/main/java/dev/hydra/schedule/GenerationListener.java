package dev.hydra.schedule;

import dev.hydra.decode.Completion;
import dev.hydra.text.TextRun;
import java.util.List;

/**
 * Told of one generation as it happens. Called by the decoding thread, so an implementation must not block; a generation that
 * ends while it waits is reported by the thread that cancels it or closes the engine. The last call is either
 * {@link #finished} or {@link #failed}, once.
 */
public interface GenerationListener {

    /**
     * More of the text is final.
     *
     * @param runs what a prefill or a step added, in order, each with the depth it was drafted at; never empty
     */
    default void text(List<TextRun> runs) {}

    /** The generation ended. */
    default void finished(Completion completion) {}

    /** The generation broke off. */
    default void failed(Throwable error) {}
}
