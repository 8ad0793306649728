package dev.hydra.checkpoint;

import java.util.List;
import java.util.stream.Collectors;

/** Shapes as messages write them. */
final class Shapes {
    private Shapes() {}

    /** A first factor times all sizes; {@link Long#MAX_VALUE} if that is more than a long can hold, as no file is that long. */
    static long product(long first, List<Long> shape) {
        if (first == 0 || shape.contains(0L)) {
            return 0;
        }
        long product = first;
        for (long length : shape) {
            if (length > Long.MAX_VALUE / product) {
                return Long.MAX_VALUE;
            }
            product *= length;
        }
        return product;
    }

    /** For example {@code (8192, 2048)}. */
    static String text(List<Long> shape) {
        return shape.stream().map(String::valueOf).collect(Collectors.joining(", ", "(", ")"));
    }
}
