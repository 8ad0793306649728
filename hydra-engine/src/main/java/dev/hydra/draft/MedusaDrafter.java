package dev.hydra.draft;

import dev.hydra.graph.Draft;
import dev.hydra.graph.Frontier;
import dev.hydra.graph.ModelGraph;
import dev.hydra.tree.TreeShape;

/**
 * Drafts with Medusa heads (arXiv 2401.10774): every head sees the last hidden row alone, so that a node of depth d and rank r
 * carries the likeliest token but r of head d, whatever its parent carries.
 */
public final class MedusaDrafter implements Drafter {

    private final ModelGraph graph;
    private final TreeShape shape;

    /**
     * @param graph with Medusa heads bound
     * @param shape the tree, no deeper than there are heads
     * @throws IllegalArgumentException if the tree is deeper than the heads that are bound
     */
    public MedusaDrafter(ModelGraph graph, TreeShape shape) {
        this.graph = graph;
        this.shape = shape;
        requireDraftable(shape);
    }

    @Override
    public TreeShape shape() {
        return shape;
    }

    @Override
    public void requireDraftable(TreeShape shape) {
        graph.requireDraftable(shape, graph.medusaHeads());
    }

    @Override
    public Draft draft(Frontier frontier, TreeShape shape) {
        return shape.size() == 1 ? graph.root(frontier) : graph.draftMedusa(frontier, shape);
    }
}
