package dev.hydra.graph;

import ai.djl.ndarray.NDArray;
import dev.hydra.tree.TreeShape;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A token for every node of a tree, for each of B sequences: (B, N) on the model's device, N being the size of the largest tree.
 * A smaller one is filled up with copies of its root, which change nothing. Whoever made it closes it.
 */
public final class Draft implements AutoCloseable {

    private final List<TreeShape> shapes;
    private final NDArray tokens;
    private long @Nullable [][] copied;

    /** @param shapes one for each of the B sequences */
    Draft(List<TreeShape> shapes, NDArray tokens) {
        this.shapes = List.copyOf(shapes);
        this.tokens = tokens;
    }

    /** The tree of each sequence. */
    public List<TreeShape> shapes() {
        return shapes;
    }

    /** Nodes of the largest tree: N. */
    public int nodes() {
        return shapes.stream().mapToInt(TreeShape::size).max().orElseThrow();
    }

    /** Levels of the deepest tree below its root. */
    int depth() {
        return shapes.stream().mapToInt(TreeShape::depth).max().orElseThrow();
    }

    /** The tokens (B, N), the root's first. */
    NDArray array() {
        return tokens;
    }

    /**
     * The tokens (B, N), the root's first, copied to the host once: the loop asks for them where a grammar has to be kept, or where somebody
     * wants to see drafts.
     */
    public long[][] tokens() {
        if (copied == null) {
            copied = copy();
        }
        return copied;
    }

    private long[][] copy() {
        long[] flat = tokens.toLongArray();
        int nodes = nodes();
        long[][] rows = new long[shapes.size()][nodes];
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
