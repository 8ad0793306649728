package dev.hydra.draft;

import dev.hydra.graph.Draft;
import dev.hydra.graph.Frontier;
import dev.hydra.graph.ModelGraph;
import dev.hydra.tree.TreeShape;

/** Drafts nothing: a tree of one node, the root. Plain decoding is the same loop with this drafter. */
public final class SingleNodeDrafter implements Drafter {

    private final ModelGraph graph;

    /** @param graph where the drafts live */
    public SingleNodeDrafter(ModelGraph graph) {
        this.graph = graph;
    }

    @Override
    public TreeShape shape() {
        return TreeShape.single();
    }

    @Override
    public Draft draft(Frontier frontier, Room room) {
        return graph.root(frontier);
    }
}
