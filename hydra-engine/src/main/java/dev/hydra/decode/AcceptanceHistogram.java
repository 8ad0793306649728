package dev.hydra.decode;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How many steps kept how many drafted tokens, by how deep their draft trees were. A step that yields <i>n</i> tokens kept
 * <i>n</i> - 1 of its draft. Histograms add up. Immutable.
 *
 * @param rows for every depth that a step's tree had, 0 where nothing was drafted: how many steps kept 0, 1, … and all tokens of a
 *             path so deep
 */
public record AcceptanceHistogram(SortedMap<Integer, List<Long>> rows) {

    private static final AcceptanceHistogram NONE = new AcceptanceHistogram(new TreeMap<>());

    public AcceptanceHistogram {
        SortedMap<Integer, List<Long>> copy = new TreeMap<>();
        rows.forEach((depth, row) -> {
            if (row.size() != depth + 1) {
                throw new IllegalArgumentException(
                        "the row of depth %d has %d counts; expected %d, from none kept to all"
                                .formatted(depth, row.size(), depth + 1));
            }
            copy.put(depth, List.copyOf(row));
        });
        rows = Collections.unmodifiableSortedMap(copy);
    }

    /** No step yet. */
    public static AcceptanceHistogram none() {
        return NONE;
    }

    /**
     * One step.
     *
     * @param depth levels of its draft tree below the root
     * @param kept  drafted tokens that it kept, up to the depth
     */
    public static AcceptanceHistogram ofStep(int depth, int kept) {
        List<Long> row = new ArrayList<>(Collections.nCopies(depth + 1, 0L));
        row.set(kept, 1L);
        return new AcceptanceHistogram(new TreeMap<>(Map.of(depth, row)));
    }

    /** Both together. */
    public AcceptanceHistogram plus(AcceptanceHistogram other) {
        if (rows.isEmpty() || other.rows.isEmpty()) {
            return rows.isEmpty() ? other : this;
        }
        SortedMap<Integer, List<Long>> sums = new TreeMap<>(rows);
        other.rows.forEach((depth, row) -> sums.merge(depth, row, AcceptanceHistogram::sum));
        return new AcceptanceHistogram(sums);
    }

    private static List<Long> sum(List<Long> one, List<Long> other) {
        List<Long> sum = new ArrayList<>(one);
        for (int kept = 0; kept < other.size(); kept++) {
            sum.set(kept, one.get(kept) + other.get(kept));
        }
        return sum;
    }
}
