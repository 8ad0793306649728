package dev.hydra.training.grow;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a step costs, by the nodes of its tree: measured at some sizes, in between on a straight line. A larger tree never costs less
 * here; where measurements say so, those that contradict one another are averaged, which is the nearest such curve by squares.
 */
final class StepTimes {

    private final TreeMap<Integer, Double> fitted = new TreeMap<>();

    /** Neighbours that have one value. */
    private record Pool(double sum, int sizes) {

        double mean() {
            return sum / sizes;
        }

        Pool with(Pool next) {
            return new Pool(sum + next.sum, sizes + next.sizes);
        }
    }

    /** @param measured milliseconds by nodes, one at least */
    StepTimes(SortedMap<Integer, Double> measured) {
        Deque<Pool> pools = new ArrayDeque<>();
        measured.values().forEach(time -> {
            Pool pool = new Pool(time, 1);
            while (!pools.isEmpty() && pools.getLast().mean() >= pool.mean()) {
                pool = pools.removeLast().with(pool);
            }
            pools.addLast(pool);
        });
        var sizes = measured.keySet().iterator();
        for (Pool pool : pools) {
            for (int size = 0; size < pool.sizes(); size++) {
                fitted.put(sizes.next(), pool.mean());
            }
        }
    }

    /** Milliseconds of a step with so many nodes; beyond the sizes that were measured the nearest of them. */
    double milliseconds(int nodes) {
        Map.Entry<Integer, Double> lower = fitted.floorEntry(nodes);
        Map.Entry<Integer, Double> upper = fitted.ceilingEntry(nodes);
        if (lower == null) {
            return fitted.firstEntry().getValue();
        }
        if (upper == null || upper.getKey().equals(lower.getKey())) {
            return lower.getValue();
        }
        double share = (double) (nodes - lower.getKey()) / (upper.getKey() - lower.getKey());
        return lower.getValue() + share * (upper.getValue() - lower.getValue());
    }
}
