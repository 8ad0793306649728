package dev.hydra.draft;

/**
 * How large a step's tree may be.
 *
 * @param depth levels below the root: one less than the tokens that may still be generated
 * @param nodes nodes, the root included: positions left in the fullest cache row
 */
public record Room(int depth, int nodes) {
    public Room {
        assert depth >= 0 && nodes >= 1 : "depth=" + depth + ", nodes=" + nodes;
    }
}
