package dev.hydra.training.grow;

import dev.hydra.tree.TreeShape;

/**
 * The best tree of a size, and how far it carries on the calibration text.
 *
 * @param shape     the tree
 * @param expected  tokens per step, if steps started at all places alike
 * @param simulated tokens per step, with steps starting where this tree makes them start
 */
public record SizedTree(TreeShape shape, double expected, double simulated) {

    /** Nodes, the root included. */
    public int nodes() {
        return shape.size();
    }
}
