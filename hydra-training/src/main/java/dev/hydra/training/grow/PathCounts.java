package dev.hydra.training.grow;

import dev.hydra.tree.TreeShape;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.IntStream;

/*
 * How often the rank vectors of places begin with each path, and the best trees for it.
 *
 * A step that starts at a place accepts the node of a path if the place's rank vector begins with the path, so a tree accepts, on
 * average, the sum of its nodes' frequencies. No independence of depths is assumed: frequencies are of whole paths.
 *
 * A node can be in a tree only if its parent is, and if its siblings of better rank are. A parent is never less frequent than its
 * children, but a sibling of better rank may be less frequent than one of worse rank, so taking the most frequent nodes first is not
 * enough. Calling a node's first child its left and its next sibling its right turns both rules into one: a node can be in the tree
 * only if the one above it is. The heaviest such tree of every size comes from a table, built from the last nodes to the first: with n
 * nodes at and below a node, one is the node itself, i go left and n - 1 - i right.
 */
/** Counts paths of ranks, and finds the trees of every size that hold the most of them. */
final class PathCounts {

    /** What follows where nothing is left to take. */
    private static final Choice NOTHING = new Choice(new double[1], new int[1]);

    private final int maximumNodes;
    private final Counted root = new Counted();
    private double places;

    /** @param maximumNodes of the largest tree, the root included */
    PathCounts(int maximumNodes) {
        this.maximumNodes = maximumNodes;
    }

    /** A path that was seen, by its parent's knowledge of its rank. */
    private static final class Counted {
        private final TreeMap<Integer, Counted> children = new TreeMap<>();
        private double weight;
    }

    /** The best that can be done with a node, what is below it and its siblings of worse rank. */
    private static final class Choice {
        /** By the number of nodes taken. */
        private final double[] weight;
        /** Of these nodes, how many lie below this one. */
        private final int[] below;

        private Choice child = this;
        private Choice sibling = this;

        Choice(double[] weight, int[] below) {
            this.weight = weight;
            this.below = below;
        }

        int most() {
            return weight.length - 1;
        }
    }

    /** Counts a place. */
    void add(List<Integer> ranks, double weight) {
        places += weight;
        Counted node = root;
        int needed = 1;
        for (int rank : ranks) {
            // the node, and its better siblings
            needed += rank + 1;
            if (needed > maximumNodes) {
                return;
            }
            node = node.children.computeIfAbsent(rank, absent -> new Counted());
            node.weight += weight;
        }
    }

    /** The share of places whose rank vectors begin with a path. */
    double frequency(List<Integer> path) {
        Counted node = root;
        for (int rank : path) {
            Counted child = node.children.get(rank);
            if (child == null) {
                return 0;
            }
            node = child;
        }
        return node == root ? 1 : node.weight / places;
    }

    /** Tokens that a step with a tree yields on average, if it starts at any of the places alike. */
    double expectedLength(TreeShape tree) {
        double length = 1;
        for (int node = 1; node < tree.size(); node++) {
            length += frequency(tree.path(node));
        }
        return length;
    }

    /** The tree that accepts the most for every number of nodes, from the root alone up; ends where more nodes add nothing. */
    List<TreeShape> bestTrees() {
        Choice first = choice(root, maximumNodes - 1);
        return IntStream.rangeClosed(0, first.most())
                .mapToObj(nodes -> tree(first, nodes))
                .toList();
    }

    /** The largest of them. */
    TreeShape largestTree() {
        Choice first = choice(root, maximumNodes - 1);
        return tree(first, first.most());
    }

    private static TreeShape tree(Choice first, int nodes) {
        List<List<Integer>> paths = new ArrayList<>();
        collect(first, nodes, new Place(List.of(), 0), paths);
        return TreeShape.ofPaths(paths);
    }

    /**
     * The choice at a node's first child.
     *
     * @param room nodes that fit in the largest tree beside those that the child needs above it
     */
    private static Choice choice(Counted parent, int room) {
        Choice next = NOTHING;
        int last = parent.children.isEmpty() ? -1 : parent.children.lastKey();
        for (int rank = Math.min(last, room - 1); rank >= 0; rank--) {
            Counted node = parent.children.get(rank);
            double weight = node == null ? 0 : node.weight;
            Choice below = node == null ? NOTHING : choice(node, room - rank - 1);
            next = join(weight, below, next, room - rank);
        }
        return next;
    }

    private static Choice join(double own, Choice below, Choice sibling, int room) {
        int most = Math.min(room, 1 + below.most() + sibling.most());
        Choice choice = new Choice(new double[most + 1], new int[most + 1]);
        choice.child = below;
        choice.sibling = sibling;
        for (int nodes = 1; nodes <= most; nodes++) {
            double best = -1;
            int others = nodes - 1;
            for (int left = Math.max(0, others - sibling.most()); left <= Math.min(others, below.most()); left++) {
                double sum = own + below.weight[left] + sibling.weight[others - left];
                if (sum > best) {
                    best = sum;
                    choice.below[nodes] = left;
                }
            }
            choice.weight[nodes] = best;
        }
        return choice;
    }

    /** Where a choice stands: the path of the parent, and the rank. */
    private record Place(List<Integer> parent, int rank) {

        List<Integer> path() {
            List<Integer> path = new ArrayList<>(parent);
            path.add(rank);
            return path;
        }
    }

    private static void collect(Choice choice, int nodes, Place place, List<List<Integer>> paths) {
        if (nodes == 0) {
            return;
        }
        List<Integer> path = place.path();
        paths.add(path);
        int below = choice.below[nodes];
        collect(choice.child, below, new Place(path, 0), paths);
        collect(choice.sibling, nodes - 1 - below, new Place(place.parent(), place.rank() + 1), paths);
    }
}
