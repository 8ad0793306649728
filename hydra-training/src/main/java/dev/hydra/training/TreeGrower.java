package dev.hydra.training;

import dev.hydra.tree.TreeShape;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * Grows draft trees from how often each choice of each head is right, as Medusa's authors do: the next node is always the one
 * that is most likely on the accepted path, taking the choices along a path as independent.
 */
final class TreeGrower {

    private final List<List<Double>> accuracy;

    /** @param accuracy per head, how often its first, second, ... choice is the base model's, 0 to 1 each */
    TreeGrower(List<List<Double>> accuracy) {
        this.accuracy = accuracy.stream().map(List::copyOf).toList();
    }

    private record Candidate(List<Integer> path, double likelihood) {}

    /**
     * The tree of so many nodes, the root included, with the most accepted tokens to be expected.
     *
     * @throws IllegalArgumentException if the heads have fewer choices than that
     */
    TreeShape grow(int nodes) {
        PriorityQueue<Candidate> candidates = new PriorityQueue<>(
                Comparator.comparingDouble(Candidate::likelihood).reversed());
        addChildren(candidates, new Candidate(List.of(), 1));
        List<List<Integer>> paths = new ArrayList<>();
        while (paths.size() < nodes - 1) {
            Candidate best = candidates.poll();
            if (best == null) {
                throw new IllegalArgumentException(
                        "the heads' choices make a tree of %d nodes; expected %d".formatted(paths.size() + 1, nodes));
            }
            paths.add(best.path());
            addChildren(candidates, best);
        }
        return TreeShape.ofPaths(paths);
    }

    /** A sibling is offered together with its better ones; it is never the more likely one, so it cannot come first. */
    private void addChildren(PriorityQueue<Candidate> candidates, Candidate parent) {
        int depth = parent.path().size();
        if (depth == accuracy.size()) {
            return;
        }
        double least = 1;
        for (int rank = 0; rank < accuracy.get(depth).size(); rank++) {
            // measured on a finite text, a worse choice may look the better one
            least = Math.min(least * (1 - 1e-9), accuracy.get(depth).get(rank));
            List<Integer> path = new ArrayList<>(parent.path());
            path.add(rank);
            candidates.add(new Candidate(path, parent.likelihood() * least));
        }
    }
}
