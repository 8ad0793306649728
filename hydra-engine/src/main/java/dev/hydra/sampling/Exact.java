package dev.hydra.sampling;

import dev.hydra.graph.Acceptance;
import dev.hydra.graph.ModelGraph;
import dev.hydra.graph.Standing;
import java.util.List;

/**
 * Keeps what the base model itself would have said, token for token: from the root, the child that carries the base model's
 * own next token, as long as there is one. Greedy, that is the paper's acceptance (arXiv 2402.05109, section 2); at a
 * temperature, the token is drawn from the base model's distribution with noise that depends on the token's place alone, so
 * that it is the one that plain decoding draws.
 */
public record Exact() implements AcceptanceRule {

    @Override
    public List<Acceptance> accept(ModelGraph graph, Standing standing, List<Chooser> choosers) {
        List<Integer> members = choosers.stream().map(Chooser::member).toList();
        if (choosers.stream().allMatch(chooser -> chooser.options().isGreedy())) {
            return graph.walk(standing, members);
        }
        int depths = 1 + standing.depth();
        return graph.sample(
                standing,
                members,
                choosers.stream().map(chooser -> chooser.choice(depths)).toList());
    }

    @Override
    public void requireFits(SamplingOptions options) {
        // all of them do
    }
}
