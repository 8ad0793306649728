package dev.hydra.sampling;

import dev.hydra.graph.Acceptance;
import dev.hydra.graph.ModelGraph;
import dev.hydra.graph.Standing;
import java.util.List;

/** Decides which drafted tokens a step keeps, and which token follows them. Immutable. */
public sealed interface AcceptanceRule permits Exact, Typical {

    /**
     * Chooses a root-to-node path and a bonus token for some of the sequences that step together.
     *
     * @param choosers the sequences, by ascending place in the batch
     * @return one for each of them; at least the root is kept, so that every step yields a token
     */
    List<Acceptance> accept(ModelGraph graph, Standing standing, List<Chooser> choosers);

    /**
     * Demands that tokens can be chosen by these options under this rule.
     *
     * @throws IllegalArgumentException if not; the message names the option
     */
    void requireFits(SamplingOptions options);
}
