package dev.hydra.checkpoint;

import java.util.List;
import java.util.stream.Collectors;

/** Shapes as messages write them. */
final class Shapes {
    private Shapes() {}

    /** For example {@code (8192, 2048)}. */
    static String text(List<Long> shape) {
        return shape.stream().map(String::valueOf).collect(Collectors.joining(", ", "(", ")"));
    }
}
