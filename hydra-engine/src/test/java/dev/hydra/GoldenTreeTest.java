package dev.hydra;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hydra.tree.TreeLevel;
import dev.hydra.tree.TreeMask;
import dev.hydra.tree.TreePath;
import dev.hydra.tree.TreeShape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every buffer that the authors derive from a tree follows from our integers. */
class GoldenTreeTest {
    static Stream<Named<Golden.TreeUnit>> trees() {
        return Golden.trees();
    }

    @ParameterizedTest
    @MethodSource("trees")
    void numbersNodesAsTheAuthorsDo(Golden.TreeUnit golden) {
        TreeShape shape = TreeShape.ofPaths(golden.treeChoices());
        assertThat(shape.size()).isEqualTo(golden.nodeCount());
        assertThat(nodes(shape).map(shape::path)).isEqualTo(golden.nodePaths());
        assertThat(nodes(shape).map(shape::depth)).isEqualTo(golden.positionIds());
        assertThat(shape.depths()).containsExactly(ints(golden.positionIds()));
    }

    @ParameterizedTest
    @MethodSource("trees")
    void masksAllButAncestors(Golden.TreeUnit golden) {
        boolean[][] rows = TreeMask.of(TreeShape.ofPaths(golden.treeChoices())).rows();
        for (int node = 0; node < rows.length; node++) {
            boolean[] row = rows[node];
            assertThat(IntStream.range(0, row.length).mapToObj(other -> row[other] ? 1 : 0))
                    .isEqualTo(golden.attentionMask().get(node));
        }
    }

    @ParameterizedTest
    @MethodSource("trees")
    void leadsToEveryLeaf(Golden.TreeUnit golden) {
        TreeShape shape = TreeShape.ofPaths(golden.treeChoices());
        List<List<Integer>> rows = new ArrayList<>();
        List<Integer> depths = new ArrayList<>();
        List<Integer> leaves =
                new ArrayList<>(nodes(shape).filter(shape::isLeaf).toList());
        Collections.reverse(leaves);
        for (int leaf : leaves) {
            TreePath path = shape.nodesTo(leaf);
            List<Integer> row = new ArrayList<>(path.nodes());
            row.addAll(Collections.nCopies(shape.depth() - path.depth(), -1));
            rows.add(row);
            depths.add(path.depth());
            assertThat(shape.paddedPaths()[leaf]).startsWith(ints(path.nodes())).hasSize(shape.depth() + 1);
        }
        assertThat(rows).isEqualTo(golden.retrieveIndices());
        assertThat(depths).isEqualTo(golden.maxAccepts());
    }

    @ParameterizedTest
    @MethodSource("trees")
    void expandsLevelByLevelAsTheAuthorsDo(Golden.TreeUnit golden) {
        List<TreeLevel> levels = TreeShape.ofPaths(golden.treeChoices()).levels();
        List<List<Integer>> children = new ArrayList<>();
        List<List<Integer>> expanded = new ArrayList<>();
        int rows = 1;
        for (TreeLevel level : levels) {
            children.add(perParent(level.parents(), rows));
            expanded.add(perParent(
                    level.expanded().stream().map(level.parents()::get).toList(), rows));
            rows = level.expanded().size();
        }
        assertThat(children).isEqualTo(golden.childrenPerHead());
        assertThat(expanded).isEqualTo(golden.childrenToExpandPerHead());
        assertThat(levels.stream().map(TreeLevel::breadth)).isEqualTo(golden.beamSizes());
    }

    private static Stream<Integer> nodes(TreeShape shape) {
        return IntStream.range(0, shape.size()).boxed();
    }

    private static int[] ints(List<Integer> list) {
        return list.stream().mapToInt(Integer::intValue).toArray();
    }

    private static List<Integer> perParent(List<Integer> parents, int rows) {
        return IntStream.range(0, rows)
                .mapToObj(row -> Collections.frequency(parents, row))
                .toList();
    }
}
