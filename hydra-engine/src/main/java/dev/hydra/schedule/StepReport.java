package dev.hydra.schedule;

import dev.hydra.tree.TreePath;
import dev.hydra.tree.TreeShape;
import java.util.List;
import java.util.Optional;

/**
 * One step of one generation: what was drafted, what of it was said, and what the base model added. The tokens of all reports, those of
 * each path but for its root and then the bonus, are the answer's behind its first one, which comes from reading the prompt.
 *
 * @param shape    the draft tree
 * @param nodes    its tokens, node by node; the root's, which was said before, comes first
 * @param accepted the nodes that became part of the answer, the root first: the accepted path, up to the token that ended the answer
 * @param bonus    the base model's own token after the path; empty where the answer had ended
 */
public record StepReport(TreeShape shape, List<Token> nodes, TreePath accepted, Optional<Token> bonus) {
    /** Copies the nodes. */
    public StepReport {
        nodes = List.copyOf(nodes);
        if (nodes.size() != shape.size()) {
            throw new IllegalArgumentException(
                    "a report has %d nodes; its tree has %d".formatted(nodes.size(), shape.size()));
        }
    }

    /**
     * A token and its text.
     *
     * @param text with its leading space; special tokens are written out, a part of a character is U+FFFD
     */
    public record Token(int id, String text) {}
}
