package dev.hydra.training.evaluate;

import dev.hydra.sampling.SamplingOptions;
import dev.hydra.tree.TreeShape;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What to evaluate, and how.
 *
 * @param setup         the base model and where it runs
 * @param heads         folders of draft heads of any kind
 * @param tree          the draft tree of all of them; null for each one's own
 * @param questions     one at least
 * @param style         how questions become prompts
 * @param rounds        measured rounds, each of them over all questions in all modes; 1 or more
 * @param maximumTokens tokens of an answer at most, 2 or more
 * @param sampling      how tokens are chosen; at a temperature without a seed every question has one, so that modes compare
 */
public record EvaluationRequest(
        Setup setup,
        List<Path> heads,
        @Nullable TreeShape tree,
        List<Question> questions,
        PromptStyle style,
        int rounds,
        int maximumTokens,
        SamplingOptions sampling) {

    public EvaluationRequest {
        heads = List.copyOf(heads);
        questions = List.copyOf(questions);
        if (questions.isEmpty()) {
            throw new IllegalArgumentException("there are no questions to ask; expected one at least");
        }
        if (rounds < 1) {
            throw new IllegalArgumentException("rounds are %d; expected 1 or more".formatted(rounds));
        }
        if (maximumTokens < 2) {
            throw new IllegalArgumentException(
                    "answers have %d tokens at most; expected 2 or more: the first of them belongs to no step"
                            .formatted(maximumTokens));
        }
    }

    /** A request with defaults. */
    public static Builder builder(Setup setup, List<Question> questions) {
        return new Builder(setup, questions);
    }

    /** Collects options; every one has a default. */
    public static final class Builder {

        private final Setup setup;
        private final List<Question> questions;
        private List<Path> heads = List.of();
        private @Nullable TreeShape tree;
        private PromptStyle style;
        private int rounds = 3;
        private int maximumTokens = 256;
        private SamplingOptions sampling = SamplingOptions.greedy();

        private Builder(Setup setup, List<Question> questions) {
            this.setup = setup;
            this.questions = questions;
            this.style = PromptStyle.of(setup);
        }

        /** Folders of draft heads. Default: none, plain decoding alone. */
        public Builder heads(List<Path> heads) {
            this.heads = heads;
            return this;
        }

        /** The draft tree. Default: each one's own. */
        public Builder tree(@Nullable TreeShape tree) {
            this.tree = tree;
            return this;
        }

        /** How questions become prompts. Default: by the model's chat template, raw where there is none. */
        public Builder style(PromptStyle style) {
            this.style = style;
            return this;
        }

        /** Measured rounds. Default: 3. */
        public Builder rounds(int rounds) {
            this.rounds = rounds;
            return this;
        }

        /** Tokens of an answer at most. Default: 256. */
        public Builder maximumTokens(int maximumTokens) {
            this.maximumTokens = maximumTokens;
            return this;
        }

        /** How tokens are chosen. Default: greedily. */
        public Builder sampling(SamplingOptions sampling) {
            this.sampling = sampling;
            return this;
        }

        /** The request. */
        public EvaluationRequest build() {
            return new EvaluationRequest(setup, heads, tree, questions, style, rounds, maximumTokens, sampling);
        }
    }
}
