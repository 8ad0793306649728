package dev.hydra.decode;

import dev.hydra.tree.TreeShape;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Random draft trees, for tests. */
final class RandomTrees {

    private RandomTrees() {}

    /**
     * The next tree, small or large.
     *
     * @param depth   levels below the root at most
     * @param breadth children of a node at most
     */
    static TreeShape next(Random random, int depth, int breadth) {
        int nodes = random.nextInt(random.nextBoolean() ? 6 : 40);
        List<List<Integer>> open = new ArrayList<>(List.of(List.of()));
        int[] children = new int[nodes + 1];
        for (int node = 0; node < nodes; node++) {
            int at = random.nextInt(open.size());
            List<Integer> path = new ArrayList<>(open.get(at));
            if (path.size() < depth && children[at] < Math.min(breadth, 20)) {
                path.add(children[at]++);
                open.add(path);
            }
        }
        return TreeShape.ofPaths(open.subList(1, open.size()));
    }
}
