package dev.hydra.training.data;

import dev.hydra.HydraOptions;
import dev.hydra.sampling.SamplingOptions;
import java.nio.file.Path;

/** Whose answers draft heads learn. */
public sealed interface Answers {

    /** Those of the data. */
    record Given() implements Answers {}

    /**
     * The base model's own, for heads learn to foresee it and nobody else. It answers each question in turn, with its own earlier
     * answers before its eyes. What it said is kept in a file, a record per line as soon as it is complete, so that reading again,
     * also after a crash, goes on from there.
     *
     * @param file          where answers are kept, as {@code messages} records with tokens; made where it is missing
     * @param engine        opens the model; its rows are answered at once, and heads make it faster and change nothing
     * @param sampling      how tokens are chosen; where they are drawn, each answer has its own seed
     * @param maximumTokens of an answer; one that is longer is cut off, and its end is not learned
     */
    record Regenerated(Path file, HydraOptions engine, SamplingOptions sampling, int maximumTokens) implements Answers {
        public Regenerated {
            if (maximumTokens < 1) {
                throw new IllegalArgumentException(
                        "answers are limited to %d tokens; expected 1 or more".formatted(maximumTokens));
            }
        }
    }

    /** The answers of the data. */
    static Answers given() {
        return new Given();
    }
}
