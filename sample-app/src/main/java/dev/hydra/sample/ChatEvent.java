package dev.hydra.sample;

import dev.hydra.text.TextRun;
import java.util.List;

/** What the page hears while an answer is written. */
sealed interface ChatEvent {

    /** The name of the server-sent event. */
    String name();

    /**
     * A decoding step added text. The numbers are those of the answer so far, counted from its runs.
     *
     * @param acceptanceLength tokens per decoding step; 1 is plain decoding
     */
    record Runs(List<Run> runs, double acceptanceLength, double tokensPerSecond, long tokens, long steps)
            implements ChatEvent {

        @Override
        public String name() {
            return "runs";
        }
    }

    /** Text of one origin: the base model itself (0), or the draft head of that number. */
    record Run(String text, int head) {

        static Run of(TextRun run) {
            return new Run(run.text(), run.depth());
        }
    }

    /** The answer is complete; the numbers are the decoder's own. */
    record Done(String finishReason, double acceptanceLength, double tokensPerSecond, long tokens, long steps)
            implements ChatEvent {

        @Override
        public String name() {
            return "done";
        }
    }

    /** The answer broke off. */
    record Failed(String message) implements ChatEvent {

        @Override
        public String name() {
            return "error";
        }
    }
}
