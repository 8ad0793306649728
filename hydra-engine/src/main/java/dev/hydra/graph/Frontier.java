package dev.hydra.graph;

import java.util.List;

/**
 * Where each of B sequences stands between two steps. The hidden row of the position before its root token stays with the
 * graph, which keeps one for every cache row.
 *
 * @param rows    the cache row of each sequence, (B,)
 * @param lengths tokens in the cache: the verified prefix, without the root token, (B,)
 * @param roots   the root token of each sequence: the base model's own, emitted, not yet in the cache, (B,)
 */
public record Frontier(List<Integer> rows, List<Integer> lengths, List<Integer> roots) {
    public Frontier {
        rows = List.copyOf(rows);
        lengths = List.copyOf(lengths);
        roots = List.copyOf(roots);
        if (rows.isEmpty() || lengths.size() != rows.size() || roots.size() != rows.size()) {
            throw new IllegalArgumentException(
                    "a frontier has %d rows, %d lengths and %d root tokens; expected as many of each, and one at least"
                            .formatted(rows.size(), lengths.size(), roots.size()));
        }
    }

    /** Sequences: B. */
    public int size() {
        return rows.size();
    }
}
