package dev.hydra.draft;

import dev.hydra.graph.Draft;
import dev.hydra.graph.Frontier;
import dev.hydra.graph.ModelGraph;
import dev.hydra.tree.TreeShape;

/**
 * Drafts with Hydra heads (arXiv 2402.05109, section 3): the head of depth d sees the hidden state and all tokens on the way
 * from the root, and each node's children are its head's likeliest tokens.
 */
public final class HydraDrafter implements Drafter {

    private final ModelGraph graph;
    private final TreeShape shape;

    /**
     * @param graph with draft heads bound
     * @param shape the tree, no deeper than there are heads
     * @throws IllegalArgumentException if the tree is deeper than the heads that are bound
     */
    public HydraDrafter(ModelGraph graph, TreeShape shape) {
        if (shape.depth() > graph.draftHeads()) {
            throw new IllegalArgumentException(
                    "the tree is %d levels deep; there are %d draft heads: use a tree no deeper than the heads"
                            .formatted(shape.depth(), graph.draftHeads()));
        }
        this.graph = graph;
        this.shape = shape;
    }

    @Override
    public TreeShape shape() {
        return shape;
    }

    @Override
    public Draft draft(Frontier frontier, Room room) {
        TreeShape fitting = shape.within(room.depth(), room.nodes());
        return fitting.size() == 1 ? graph.root(frontier) : graph.draft(frontier, fitting);
    }
}
