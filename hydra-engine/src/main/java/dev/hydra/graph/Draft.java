package dev.hydra.graph;

import ai.djl.ndarray.NDArray;
import dev.hydra.tree.TreeShape;

/** A token for every node of a tree, for each of B sequences: (B, N) on the model's device. Whoever made it closes it. */
public final class Draft implements AutoCloseable {

    private final TreeShape shape;
    private final NDArray tokens;

    Draft(TreeShape shape, NDArray tokens) {
        this.shape = shape;
        this.tokens = tokens;
    }

    /** The tree, the same for all sequences of the batch. */
    public TreeShape shape() {
        return shape;
    }

    /** The tokens (B, N), the root's first. */
    NDArray array() {
        return tokens;
    }

    /** The tokens (B, N), the root's first, copied to the host: for tests and traces, not for the loop. */
    public long[][] tokens() {
        long[] flat = tokens.toLongArray();
        int nodes = shape.size();
        long[][] rows = new long[flat.length / nodes][nodes];
        for (int row = 0; row < rows.length; row++) {
            System.arraycopy(flat, row * nodes, rows[row], 0, nodes);
        }
        return rows;
    }

    @Override
    public void close() {
        tokens.close();
    }
}
