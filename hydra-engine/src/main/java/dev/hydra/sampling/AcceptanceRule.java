package dev.hydra.sampling;

import dev.hydra.graph.Acceptance;
import dev.hydra.graph.Draft;
import dev.hydra.graph.Verdict;
import java.util.List;

/** Decides which drafted tokens a step keeps, and which token follows them. */
public sealed interface AcceptanceRule permits Exact {

    /**
     * Chooses a root-to-node path of each sequence's tree, and a bonus token.
     *
     * @return one per sequence; at least the root is kept, so that every step yields a token
     */
    List<Acceptance> accept(Draft draft, Verdict verdict);
}
