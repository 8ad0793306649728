package dev.hydra.training.grow;

import dev.hydra.tree.TreeShape;
import java.util.ArrayList;
import java.util.List;

/**
 * Decoding with a draft tree as it would have been, step for step. A step accepts the longest path of the tree along the rank vector
 * of the place where it starts, and the next one starts behind its bonus token. Greedy answers are the same whatever drafts them, so
 * nothing is estimated here.
 */
final class Replay {

    private final int[] firstChild;
    private final int[] children;

    Replay(TreeShape tree) {
        firstChild = new int[tree.size()];
        children = new int[tree.size()];
        for (int node = 1; node < tree.size(); node++) {
            int parent = tree.parents().get(node);
            if (children[parent]++ == 0) {
                firstChild[parent] = node;
            }
        }
    }

    /**
     * What decoding some continuations with a tree comes to.
     *
     * @param steps    made
     * @param tokens   that they yielded, bonus tokens included
     * @param accepted steps that yielded a token beyond each depth, from depth 1 on
     */
    record Outcome(long steps, long tokens, List<Long> accepted) {

        Outcome {
            accepted = List.copyOf(accepted);
        }

        /** Tokens that a step yields on average; 1 where no step was made. */
        double acceptanceLength() {
            return steps == 0 ? 1 : (double) tokens / steps;
        }
    }

    /** The places of a continuation at which steps start. */
    List<Integer> starts(Continuation continuation) {
        List<Integer> starts = new ArrayList<>();
        for (int place = 0; place < continuation.size(); place += yielded(continuation, place)) {
            starts.add(place);
        }
        return starts;
    }

    /** All steps of some continuations. */
    Outcome outcome(List<Continuation> continuations) {
        long steps = 0;
        long tokens = 0;
        List<Long> accepted = new ArrayList<>();
        for (Continuation continuation : continuations) {
            for (int place = 0; place < continuation.size(); ) {
                int count = yielded(continuation, place);
                steps++;
                tokens += count;
                place += count;
                for (int depth = 1; depth < count; depth++) {
                    if (accepted.size() < depth) {
                        accepted.add(0L);
                    }
                    accepted.set(depth - 1, accepted.get(depth - 1) + 1);
                }
            }
        }
        return new Outcome(steps, tokens, accepted);
    }

    /** Tokens that a step yields: what it accepts and the bonus token, unless the continuation ends before it. */
    private int yielded(Continuation continuation, int place) {
        int accepted = 0;
        int node = 0;
        for (int rank : continuation.ranks().get(place)) {
            if (rank >= children[node]) {
                break;
            }
            node = firstChild[node] + rank;
            accepted++;
        }
        return Math.min(accepted + 1, continuation.size() - place);
    }
}
