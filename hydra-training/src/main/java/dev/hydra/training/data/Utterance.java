package dev.hydra.training.data;

import java.util.List;

/**
 * How a model put an answer: in which tokens, where they are known, and whether it came to an end.
 *
 * @param tokens    as they were generated, an end token included where the model said one; empty if they are not known
 * @param tokenizer fingerprint of the tokenizer whose tokens they are
 * @param ended     whether the model ended the answer; if not, it was cut off, and its end is not to be learned
 */
record Utterance(List<Integer> tokens, String tokenizer, boolean ended) {
    /** Of an answer of which nothing but its words is known. */
    static final Utterance UNKNOWN = new Utterance(List.of(), "", true);

    Utterance {
        tokens = List.copyOf(tokens);
    }
}
