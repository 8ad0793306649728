package dev.hydra.tree;

import java.util.List;

/**
 * A run of nodes from the root downwards: what a step may accept.
 *
 * @param nodes the root first, each the parent of the next
 */
public record TreePath(List<Integer> nodes) {
    /** Checks that the path starts at the root and leads downwards. */
    public TreePath {
        nodes = List.copyOf(nodes);
        if (nodes.isEmpty() || nodes.get(0) != 0) {
            throw new IllegalArgumentException("path %s does not start at the root, node 0".formatted(nodes));
        }
        for (int place = 1; place < nodes.size(); place++) {
            if (nodes.get(place) <= nodes.get(place - 1)) {
                throw new IllegalArgumentException("path %s leads from node %d to node %d; expected a higher node"
                        .formatted(nodes, nodes.get(place - 1), nodes.get(place)));
            }
        }
    }

    /** Edges from the root to the last node: the drafted tokens that the path accepts. */
    public int depth() {
        return nodes.size() - 1;
    }

    /** The last node. */
    public int last() {
        return nodes.get(nodes.size() - 1);
    }
}
