package dev.hydra.graph;

import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * Where each of B sequences stands between two steps. The hidden row of the position before its root token stays with the
 * graph, which keeps one for every cache row.
 *
 * @param rows      the cache row of each sequence, (B,)
 * @param lengths   tokens in the cache: the verified prefix, without the root token, (B,)
 * @param roots     the root token of each sequence: the base model's own, emitted, not yet in the cache, (B,)
 * @param following the tokens that may follow each root token, one at least; nothing where any may, (B,)
 */
public record Frontier(
        List<Integer> rows, List<Integer> lengths, List<Integer> roots, List<Optional<BitSet>> following) {

    public Frontier {
        rows = List.copyOf(rows);
        lengths = List.copyOf(lengths);
        roots = List.copyOf(roots);
        following = List.copyOf(following);
        if (rows.isEmpty()
                || lengths.size() != rows.size()
                || roots.size() != rows.size()
                || following.size() != rows.size()) {
            throw new IllegalArgumentException(
                    "a frontier has %d rows, %d lengths, %d root tokens and %d sets of tokens that may follow; expected as many of each, and one at least"
                            .formatted(rows.size(), lengths.size(), roots.size(), following.size()));
        }
    }

    /** Where anything may follow. */
    public Frontier(List<Integer> rows, List<Integer> lengths, List<Integer> roots) {
        this(rows, lengths, roots, Collections.nCopies(rows.size(), Optional.empty()));
    }

    /** Sequences: B. */
    public int size() {
        return rows.size();
    }
}
