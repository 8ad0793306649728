package dev.hydra.checkpoint;

import java.util.Set;

/**
 * Layers in which a token does not see the whole text before it.
 *
 * @param size   the positions that a token sees in these layers, its own included; 0 where there are none
 * @param layers the numbers of these layers
 */
public record SlidingWindow(int size, Set<Integer> layers) {

    /** Every layer sees the whole text. */
    public static final SlidingWindow NONE = new SlidingWindow(0, Set.of());

    /** Copies the layers. */
    public SlidingWindow {
        layers = Set.copyOf(layers);
        if (size < 0 || (size == 0) != layers.isEmpty()) {
            throw new IllegalArgumentException(
                    "a sliding window of %d positions in %d layers; expected 1 position or more in 1 layer or more, or none"
                            .formatted(size, layers.size()));
        }
    }

    /** Whether a layer has it. */
    public boolean in(int layer) {
        return layers.contains(layer);
    }
}
