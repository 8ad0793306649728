package dev.hydra.training.demo;

import java.util.List;

/**
 * A set of heads for the embedded base.
 *
 * @param folder where it lies
 * @param recipe the paper's recipe that it follows: medusa, hydra or hydra++
 * @param options of {@code hydra train} in which it differs from the recipe
 */
record Heads(String folder, String recipe, List<String> options) {

    /** One set of each kind, as the paper has them: Hydra++ alone has a prefix layer, four layers and a teacher. */
    static final List<Heads> SHIPPED = List.of(
            new Heads("hydra-demo-medusa", "medusa", List.of()),
            new Heads("hydra-demo-heads", "hydra", List.of()),
            new Heads("hydra-demo-plus", "hydra++", List.of()));

    /** Hydra++ as it is, and with one thing changed. */
    static final List<Heads> ABLATIONS = List.of(
            new Heads("ablation-none", "hydra++", List.of()),
            new Heads("ablation-text", "hydra++", List.of("--label-weight=1", "--teacher-weight=0")),
            new Heads("ablation-one-layer", "hydra++", List.of("--layers=1")),
            new Heads("ablation-no-prefix", "hydra", List.of("--layers=4", "--label-weight=0", "--teacher-weight=1")),
            new Heads("ablation-noise", "hydra++", List.of("--noise=5")));

    Heads {
        options = List.copyOf(options);
    }
}
