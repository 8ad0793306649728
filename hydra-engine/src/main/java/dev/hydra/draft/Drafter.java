package dev.hydra.draft;

import dev.hydra.graph.Draft;
import dev.hydra.graph.Frontier;
import dev.hydra.tree.TreeShape;

/** Gives every node of a tree a token, for each sequence of a batch. Used by the decoding thread only. */
public sealed interface Drafter permits HydraDrafter, SingleNodeDrafter {

    /** The tree where there is room for all of it. */
    TreeShape shape();

    /**
     * Drafts the next tokens of each sequence, as far as there is room.
     *
     * @return tokens (B, N), node 0 being each sequence's root token; the caller closes it
     */
    Draft draft(Frontier frontier, Room room);
}
