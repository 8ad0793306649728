package dev.hydra.graph;

import dev.hydra.tree.TreePath;
import java.util.List;

/**
 * What a step keeps of one sequence's draft.
 *
 * @param path   the accepted nodes, the root first
 * @param tokens the drafted tokens of the path, the root's left out: it was emitted before, (depth,)
 * @param bonus  the token that the base model says after the path: the next root
 */
public record Acceptance(TreePath path, List<Integer> tokens, int bonus) {
    public Acceptance {
        tokens = List.copyOf(tokens);
        assert tokens.size() == path.depth() : "tokens=" + tokens + ", path=" + path;
    }
}
