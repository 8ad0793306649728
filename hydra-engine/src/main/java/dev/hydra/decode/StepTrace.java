package dev.hydra.decode;

import dev.hydra.tree.TreePath;
import dev.hydra.tree.TreeShape;
import java.util.List;
import java.util.Optional;

/**
 * One step of one sequence as it went: what was drafted, what of it was said, and what the base model added.
 *
 * @param shape    the draft tree
 * @param tokens   of its nodes; the root's, which was said before, comes first
 * @param accepted the nodes that became part of the answer, the root first: the accepted path, up to the token that ended the answer
 * @param bonus    the base model's own token after the path; empty where the answer had ended
 */
public record StepTrace(TreeShape shape, List<Integer> tokens, TreePath accepted, Optional<Integer> bonus) {
    /** Copies the tokens. */
    public StepTrace {
        tokens = List.copyOf(tokens);
        assert tokens.size() == shape.size() : "tokens=" + tokens + ", shape=" + shape;
    }
}
