package dev.hydra.tree;

import java.util.Collections;
import java.util.List;

/**
 * The nodes of one depth of a tree as a drafter makes them from the level above, where only nodes with children, the
 * expanded ones, have a row. A node's place is its distance from the first node of its level.
 *
 * @param depth    edges from the root, 1 or more
 * @param first    the level's first node; the others follow
 * @param parents  per node, its parent's place among the expanded nodes of the level above (the root is 0 at depth 1)
 * @param ranks    per node, which of its parent's likeliest tokens it carries, the likeliest being 0
 * @param expanded places of the nodes that have children, ascending; their position here is what the next level's
 *     {@code parents} mean
 */
public record TreeLevel(int depth, int first, List<Integer> parents, List<Integer> ranks, List<Integer> expanded) {
    /** Copies the lists. */
    public TreeLevel {
        parents = List.copyOf(parents);
        ranks = List.copyOf(ranks);
        expanded = List.copyOf(expanded);
    }

    /** Nodes of this level. */
    public int size() {
        return parents.size();
    }

    /** How many of the likeliest tokens each parent has to give: the largest rank plus 1. */
    public int breadth() {
        return Collections.max(ranks) + 1;
    }
}
