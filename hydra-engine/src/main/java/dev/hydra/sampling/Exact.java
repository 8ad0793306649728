package dev.hydra.sampling;

import dev.hydra.graph.Acceptance;
import dev.hydra.graph.Draft;
import dev.hydra.graph.ModelGraph;
import dev.hydra.graph.Verdict;
import java.util.List;

/**
 * Keeps what the base model itself would have said, token for token: from the root, the child that carries the base model's
 * own next token, as long as there is one (greedy acceptance, arXiv 2402.05109, section 2).
 */
public final class Exact implements AcceptanceRule {

    private final ModelGraph graph;

    /** @param graph that drafts and verdicts come from */
    public Exact(ModelGraph graph) {
        this.graph = graph;
    }

    @Override
    public List<Acceptance> accept(Draft draft, Verdict verdict) {
        return graph.walk(draft, verdict);
    }
}
