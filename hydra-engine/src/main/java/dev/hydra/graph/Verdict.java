package dev.hydra.graph;

import ai.djl.ndarray.NDArray;

/**
 * What the base model says of every drafted node: scores (B, N, V) and hidden rows (B, N, D), on the model's device. Whoever
 * asked for it closes it.
 */
public final class Verdict implements AutoCloseable {

    private final NDArray scores;
    private final NDArray hidden;

    Verdict(NDArray scores, NDArray hidden) {
        this.scores = scores;
        this.hidden = hidden;
    }

    /** Scores before the softmax, (B, N, V). */
    NDArray scores() {
        return scores;
    }

    /** Hidden rows after the final norm, (B, N, D). */
    NDArray hidden() {
        return hidden;
    }

    @Override
    public void close() {
        scores.close();
        hidden.close();
    }
}
