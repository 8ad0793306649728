package dev.hydra.graph;

import static ai.djl.ndarray.types.DataType.FLOAT32;

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

    /** Hidden rows of each sequence: N. */
    long nodes() {
        return hidden.getShape().get(1);
    }

    /** Scores before the softmax, (B, N, V). */
    NDArray scores() {
        return scores;
    }

    /** Hidden rows after the final norm, (B, N, D). */
    NDArray hidden() {
        return hidden;
    }

    /** A node's scores (V,), copied to the host: for tests and traces, not for the loop. */
    public float[] scores(int sequence, int node) {
        return row(scores, sequence, node);
    }

    /** A node's hidden row (D,), copied to the host: for tests and traces, not for the loop. */
    public float[] hidden(int sequence, int node) {
        return row(hidden, sequence, node);
    }

    private static float[] row(NDArray array, int sequence, int node) {
        try (NDArray rows = array.get(sequence);
                NDArray row = rows.get(node);
                NDArray floats = row.toType(FLOAT32, true)) {
            return floats.toFloatArray();
        }
    }

    @Override
    public void close() {
        scores.close();
        hidden.close();
    }
}
