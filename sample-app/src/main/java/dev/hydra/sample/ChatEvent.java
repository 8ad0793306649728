package dev.hydra.sample;

import dev.hydra.schedule.StepReport;
import dev.hydra.text.TextRun;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the page hears while an answer is written. */
sealed interface ChatEvent {

    /** The name of the server-sent event. */
    String name();

    /**
     * The answer begins.
     *
     * @param remembered exchanges of the conversation that the model was shown before the question
     */
    record Begun(int remembered) implements ChatEvent {

        @Override
        public String name() {
            return "begun";
        }
    }

    /**
     * A decoding step added text. The numbers are those of the answer so far, counted from its runs.
     *
     * @param trees            the steps that were made, where the page asked for them
     * @param acceptanceLength tokens per decoding step; 1 is plain decoding
     */
    record Runs(
            List<Run> runs, List<Tree> trees, double acceptanceLength, double tokensPerSecond, long tokens, long steps)
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

    /**
     * A step's draft tree.
     *
     * @param parents  each node's parent; -1 for the root, which comes first
     * @param tokens   each node's text
     * @param accepted the nodes that were said, the root first
     * @param bonus    the text of the base model's own token; null where the answer had ended
     */
    record Tree(
            List<Integer> parents,
            List<String> tokens,
            List<Integer> accepted,
            @Nullable String bonus) {

        static Tree of(StepReport step) {
            return new Tree(
                    step.shape().parents(),
                    step.nodes().stream().map(StepReport.Token::text).toList(),
                    step.accepted().nodes(),
                    step.bonus().map(StepReport.Token::text).orElse(null));
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
