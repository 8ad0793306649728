package dev.hydra.training.grow;

import dev.hydra.training.console.Console;
import dev.hydra.training.console.Progress;
import dev.hydra.tree.TreeShape;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Grows the best tree of every size for some continuations.
 *
 * <p>A tree is first grown for all places alike. Then it is grown again for the places at which its own steps start, which are not
 * places like any other: they come behind bonus tokens, where the draft before was wrong. What carries further is kept.
 */
public final class Growth {

    /** What a place counts where no step starts: too little to outweigh one that is visited, enough to choose among what is not. */
    private static final double UNVISITED = 0.1;

    private static final int PASSES = 2;

    private final List<Continuation> continuations;
    private final PathCounts alike;

    /**
     * @param continuations with one place at least
     * @param maximumNodes  of the largest tree, the root included
     */
    public Growth(List<Continuation> continuations, int maximumNodes) {
        this.continuations = List.copyOf(continuations);
        this.alike = new PathCounts(maximumNodes);
        for (Continuation continuation : continuations) {
            continuation.ranks().forEach(ranks -> alike.add(ranks, 1));
        }
    }

    /** The share of places at which a path is what the base model says. */
    double frequency(List<Integer> path) {
        return alike.frequency(path);
    }

    /** The best tree of every size, from the root alone up; ends early where more nodes add nothing. */
    public List<SizedTree> trees(Console console) {
        List<TreeShape> shapes = alike.bestTrees();
        List<SizedTree> trees = new ArrayList<>();
        try (Progress progress = console.progress("growing trees", shapes.size(), "trees")) {
            for (TreeShape shape : shapes) {
                trees.add(regrown(sized(shape)));
                progress.advance(1);
            }
        }
        return trees;
    }

    private SizedTree sized(TreeShape shape) {
        return new SizedTree(
                shape,
                alike.expectedLength(shape),
                new Replay(shape).outcome(continuations).acceptanceLength());
    }

    private SizedTree regrown(SizedTree first) {
        SizedTree best = first;
        SizedTree last = first;
        for (int pass = 0; pass < PASSES && first.nodes() > 1; pass++) {
            last = sized(visited(last.shape()).largestTree());
            best = last.simulated() > best.simulated() ? last : best;
        }
        return best;
    }

    private PathCounts visited(TreeShape shape) {
        Replay replay = new Replay(shape);
        PathCounts counts = new PathCounts(shape.size());
        for (Continuation continuation : continuations) {
            Set<Integer> starts = new HashSet<>(replay.starts(continuation));
            for (int place = 0; place < continuation.size(); place++) {
                counts.add(continuation.ranks().get(place), starts.contains(place) ? 1 : UNVISITED);
            }
        }
        return counts;
    }
}
