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
    public void requireDraftable(TreeShape shape) {
        if (shape.size() > 1) {
            throw new IllegalArgumentException(
                    "the tree has %d nodes below the root; plain decoding drafts none: ask for another mode, or for no tree"
                            .formatted(shape.size() - 1));
        }
    }

    @Override
    public Draft draft(Frontier frontier, TreeShape shape) {
        return graph.root(frontier);
    }
}
