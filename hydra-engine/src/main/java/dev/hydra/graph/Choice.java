package dev.hydra.graph;

import java.util.List;

/**
 * How the tokens of one sequence are chosen in a step.
 *
 * @param temperature       0 for the likeliest token
 * @param topK              how many tokens may be drawn; 0 for all
 * @param topP              the likeliest tokens whose probabilities reach this sum may be drawn; 1 for all
 * @param minP              tokens this many times as likely as the likeliest may be drawn; 0 for all
 * @param repetitionPenalty of the scores of tokens of the text; 1 for none
 * @param frequencyPenalty  of the scores of tokens of the answer, for each time; 0 for none
 * @param presencePenalty   of the scores of tokens of the answer; 0 for none
 * @param keys              what the noise depends on, for the tokens chosen at the root, at depth 1, and so on
 */
public record Choice(
        double temperature,
        int topK,
        double topP,
        double minP,
        double repetitionPenalty,
        double frequencyPenalty,
        double presencePenalty,
        List<Long> keys) {
    /** Copies the keys. */
    public Choice {
        keys = List.copyOf(keys);
    }
}
