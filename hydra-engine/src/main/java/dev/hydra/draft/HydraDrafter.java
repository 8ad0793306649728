package dev.hydra.draft;

import dev.hydra.graph.Draft;
import dev.hydra.graph.Frontier;
import dev.hydra.graph.ModelGraph;
import dev.hydra.graph.Verdict;
import dev.hydra.tree.TreePath;
import dev.hydra.tree.TreeShape;
import java.util.List;

/**
 * Drafts with Hydra heads (arXiv 2402.05109, section 3): the head of depth d sees the hidden state and all tokens on the way
 * from the root, and each node's children are its head's likeliest tokens. Hydra++ heads (section 4) see, in the hidden state's
 * place, what their prefix layer makes of the text; it reads every verified position once, and no draft.
 */
public final class HydraDrafter implements Drafter {

    private final ModelGraph graph;
    private final TreeShape shape;

    /**
     * @param graph with Hydra or Hydra++ heads bound
     * @param shape the tree, no deeper than there are heads
     * @throws IllegalArgumentException if the tree is deeper than the heads that are bound
     */
    public HydraDrafter(ModelGraph graph, TreeShape shape) {
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
        graph.requireDraftable(shape, graph.hydraHeads());
    }

    @Override
    public Draft draft(Frontier frontier, TreeShape shape) {
        return shape.size() == 1 ? graph.root(frontier) : graph.draft(frontier, shape);
    }

    @Override
    public void follow(Frontier frontier, Verdict verdict, List<Integer> members, List<TreePath> paths) {
        graph.follow(frontier, verdict, members, paths);
    }
}
