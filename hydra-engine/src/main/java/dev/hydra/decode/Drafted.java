package dev.hydra.decode;

import dev.hydra.graph.Acceptance;
import dev.hydra.graph.Draft;
import dev.hydra.tree.TreePath;
import dev.hydra.tree.TreeShape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * What a step drafted for one sequence.
 *
 * @param shape  the draft tree
 * @param tokens of its nodes; empty where nobody asked for them, since they lie on the device
 */
record Drafted(TreeShape shape, List<Integer> tokens) {

    /** What was drafted for each sequence, without its tokens. */
    static List<Drafted> shapes(Draft draft) {
        return draft.shapes().stream()
                .map(shape -> new Drafted(shape, List.of()))
                .toList();
    }

    /** What was drafted for each sequence, with the tokens copied to the host. */
    static List<Drafted> tokens(Draft draft) {
        long[][] rows = draft.tokens();
        return IntStream.range(0, rows.length)
                .mapToObj(row -> {
                    TreeShape shape = draft.shapes().get(row);
                    // behind a smaller tree, the row is filled up
                    return new Drafted(
                            shape,
                            Arrays.stream(rows[row], 0, shape.size())
                                    .mapToObj(Math::toIntExact)
                                    .toList());
                })
                .toList();
    }

    /** Nodes at each depth below the root. */
    List<Long> counts() {
        List<Long> counts = new ArrayList<>(Collections.nCopies(shape.depth(), 0L));
        for (int depth : shape.depths()) {
            if (depth > 0) {
                counts.set(depth - 1, counts.get(depth - 1) + 1);
            }
        }
        return counts;
    }

    /**
     * The step in which this was drafted.
     *
     * @param said tokens of the acceptance that became part of the answer
     */
    StepTrace trace(Acceptance acceptance, int said) {
        List<Integer> path = acceptance.path().nodes();
        return new StepTrace(
                shape,
                tokens,
                new TreePath(path.subList(0, Math.min(path.size(), said + 1))),
                said == path.size() ? Optional.of(acceptance.bonus()) : Optional.empty());
    }
}
