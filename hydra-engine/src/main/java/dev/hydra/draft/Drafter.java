package dev.hydra.draft;

import dev.hydra.graph.Draft;
import dev.hydra.graph.Frontier;
import dev.hydra.graph.Verdict;
import dev.hydra.tree.TreePath;
import dev.hydra.tree.TreeShape;
import java.util.List;

/** Gives every node of a tree a token, for each sequence of a batch. Used by the decoding thread only. */
public sealed interface Drafter permits HydraDrafter, MedusaDrafter, SingleNodeDrafter {

    /** The tree where a request asks for no other. */
    TreeShape shape();

    /**
     * Demands that this drafter can give every node of a tree a token. Any thread may ask.
     *
     * @throws IllegalArgumentException if the tree is too deep or too wide
     */
    void requireDraftable(TreeShape shape);

    /**
     * Drafts the next tokens of each sequence.
     *
     * @param shape the tree of all of them
     * @return tokens (B, N), node 0 being each sequence's root token; the caller closes it
     */
    Draft draft(Frontier frontier, TreeShape shape);

    /**
     * Takes note of hidden rows that have become part of the text.
     *
     * @param frontier where the sequences stood before, of the whole batch
     * @param members  places of this drafter's sequences in the batch, ascending
     * @param paths    the nodes of the verdict whose hidden rows are new, one for each of these sequences
     */
    default void follow(Frontier frontier, Verdict verdict, List<Integer> members, List<TreePath> paths) {}
}
