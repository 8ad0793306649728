package dev.hydra.tree;

import java.util.Arrays;

/**
 * Who sees whom while a tree is verified: a node attends to its ancestors and to itself.
 *
 * <p>Immutable; may be shared by threads.
 */
public final class TreeMask {
    private final int size;
    private final boolean[] cells;

    private TreeMask(int size, boolean[] cells) {
        this.size = size;
        this.cells = cells;
    }

    /** The mask of a tree. */
    public static TreeMask of(TreeShape shape) {
        int size = shape.size();
        boolean[] cells = new boolean[size * size];
        for (int node = 0; node < size; node++) {
            int parent = shape.parents().get(node);
            if (parent >= 0) {
                System.arraycopy(cells, parent * size, cells, node * size, node);
            }
            cells[node * size + node] = true;
        }
        return new TreeMask(size, cells);
    }

    /** Nodes, the root included: N. */
    public int size() {
        return size;
    }

    /** Whether the node attends to the other one. */
    public boolean attends(int node, int other) {
        return cells[node * size + other];
    }

    /** One row per attending node: (N, N). */
    public boolean[][] rows() {
        boolean[][] rows = new boolean[size][];
        for (int node = 0; node < size; node++) {
            rows[node] = Arrays.copyOfRange(cells, node * size, (node + 1) * size);
        }
        return rows;
    }

    /** The rows one after the other: N * N cells. */
    public boolean[] flat() {
        return cells.clone();
    }
}
