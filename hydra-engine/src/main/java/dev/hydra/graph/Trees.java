package dev.hydra.graph;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.jni.IValue;
import dev.hydra.tree.TreeLevel;
import dev.hydra.tree.TreeMask;
import dev.hydra.tree.TreeShape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Which trees the graph knows, under which numbers. It is told of a tree the first time that one is used; where there are too many,
 * the one that was not used for the longest time gives up its number. Belongs to the thread that uses the graph.
 */
final class Trees {

    /** More than the cuts of a few trees to what there is room for; requests may bring trees of their own. */
    static final int MOST = 512;

    private final Script script;
    private final Map<TreeShape, Integer> numbers = new LinkedHashMap<>(16, 0.75f, true);

    Trees(Script script) {
        this.script = script;
    }

    /** The numbers of a batch's trees, or the one number of all where they are alike. */
    long[] numbers(List<TreeShape> shapes) {
        TreeShape first = shapes.get(0);
        if (shapes.stream().allMatch(first::equals)) {
            return new long[] {number(first)};
        }
        if (shapes.size() > MOST) {
            throw new IllegalArgumentException("%d sequences; expected at most %d".formatted(shapes.size(), MOST));
        }
        return shapes.stream().mapToLong(this::number).toArray();
    }

    /** The number of a tree. */
    long number(TreeShape shape) {
        Integer known = numbers.get(shape);
        if (known != null) {
            return known;
        }
        int number = numbers.size();
        if (number == MOST) {
            Map.Entry<TreeShape, Integer> oldest = numbers.entrySet().iterator().next();
            number = oldest.getValue();
            numbers.remove(oldest.getKey());
        }
        put(number, shape);
        numbers.put(shape, number);
        return number;
    }

    private void put(int number, TreeShape shape) {
        int nodes = shape.size();
        try (NDManager scope = script.manager().newSubManager()) {
            List<Integer> parents = new ArrayList<>(shape.parents());
            parents.set(0, 0);
            List<NDArray> levels = new ArrayList<>();
            List<Long> ranks = new ArrayList<>();
            for (TreeLevel level : shape.levels()) {
                int breadth = level.breadth();
                ranks.add((long) breadth);
                levels.add(Script.numbers(
                        scope,
                        IntStream.range(0, level.size())
                                .mapToObj(at -> level.parents().get(at) * breadth
                                        + level.ranks().get(at))
                                .toList()));
                levels.add(Script.numbers(scope, level.expanded()));
                levels.add(Script.numbers(
                        scope,
                        level.expanded().stream().map(level.parents()::get).toList()));
            }
            int places = shape.depth() + 1;
            int[][] paths = shape.paddedPaths();
            long[] flat = new long[nodes * places];
            for (int node = 0; node < nodes; node++) {
                for (int place = 0; place < places; place++) {
                    flat[node * places + place] = paths[node][place];
                }
            }
            boolean[] ancestors = TreeMask.of(shape).flat();
            script.run(
                    "put_tree",
                    Script.value(number),
                    Script.value(scope.create(ancestors, new Shape(nodes, nodes))),
                    Script.value(Script.numbers(scope, parents)),
                    Script.value(Script.numbers(
                            scope, IntStream.of(shape.depths()).boxed().toList())),
                    Script.value(scope.create(flat, new Shape(nodes, places))),
                    IValue.listFrom(ranks.stream().mapToLong(Long::longValue).toArray()),
                    Script.value(levels));
        }
    }
}
