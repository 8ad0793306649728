package dev.hydra.text.jinja;

import java.util.List;

/**
 * Python's tuple.
 *
 * @param items the elements
 * @param names what the elements can also be asked for by; none for a plain tuple
 */
record Tuple(List<Object> items, List<String> names) {

    static Tuple of(Object... items) {
        return new Tuple(List.of(items), List.of());
    }

    static Tuple of(List<Object> items) {
        return new Tuple(items, List.of());
    }
}
