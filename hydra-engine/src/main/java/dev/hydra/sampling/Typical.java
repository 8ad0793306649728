package dev.hydra.sampling;

import dev.hydra.graph.Acceptance;
import dev.hydra.graph.ModelGraph;
import dev.hydra.graph.Standing;
import dev.hydra.graph.Typicality;
import java.util.List;

/**
 * Keeps what the base model finds typical enough (arXiv 2402.05109, section 4.2, after Medusa, arXiv 2401.10774): a drafted token
 * whose probability after its parent exceeds {@code min(threshold, alpha * exp(-entropy))}, of the distribution at the
 * temperature. The longest path of such tokens is kept, of several the likeliest, and the likeliest token follows it.
 *
 * <p><b>It does not preserve the base model's distribution:</b> nothing is drawn, so that a prompt has one answer at each
 * temperature, and what is said depends on the heads and the tree. It accepts more than {@link Exact} does. At a temperature of 0
 * it is the same as {@link Exact}.
 *
 * @param threshold the highest probability that is asked for, above 0 to 1
 * @param alpha     of the bound that falls with the distribution's entropy, above 0 to 1; the authors take the threshold's root
 */
public record Typical(double threshold, double alpha) implements AcceptanceRule {

    private static final double DEFAULT_THRESHOLD = 0.09;

    public Typical {
        if (!(threshold > 0 && threshold <= 1)) {
            throw new IllegalArgumentException(
                    "the threshold of typical acceptance is %s; expected more than 0, up to 1".formatted(threshold));
        }
        if (!(alpha > 0 && alpha <= 1)) {
            throw new IllegalArgumentException(
                    "alpha of typical acceptance is %s; expected more than 0, up to 1".formatted(alpha));
        }
    }

    /** With the authors' values: a threshold of 0.09, and its root 0.3 as alpha. */
    public static Typical standard() {
        return new Typical(DEFAULT_THRESHOLD, Math.sqrt(DEFAULT_THRESHOLD));
    }

    @Override
    public List<Acceptance> accept(ModelGraph graph, Standing standing, List<Chooser> choosers) {
        List<Integer> members = choosers.stream().map(Chooser::member).toList();
        List<Typicality> asked = choosers.stream()
                .map(chooser -> new Typicality(chooser.options().temperature(), threshold, alpha))
                .toList();
        return graph.acceptTypical(standing, members, asked);
    }

    @Override
    public void requireFits(SamplingOptions options) {
        if (options.temperature() > 0 && (options.adjusts() || options.cuts())) {
            throw new IllegalArgumentException(
                    "typical acceptance goes with a temperature alone, not with top-k, top-p, min-p, penalties or a logit bias: leave"
                            + " these out, or use exact acceptance");
        }
    }
}
