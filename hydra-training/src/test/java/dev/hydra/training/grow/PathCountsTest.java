package dev.hydra.training.grow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hydra.tree.TreeShape;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PathCountsTest {

    private static final Offset<Double> ROUNDING = Offset.offset(1e-9);
    private static final int MAXIMUM_NODES = 8;

    @Test
    void countsWholePathsAndAssumesNoIndependence() {
        PathCounts counts = counts(List.of(List.of(0, 1), List.of(0, 1), List.of(1, 0), List.of(2)));
        assertThat(counts.frequency(List.of())).isEqualTo(1);
        assertThat(counts.frequency(List.of(0))).isEqualTo(0.5);
        assertThat(counts.frequency(List.of(0, 1))).isEqualTo(0.5);
        assertThat(counts.frequency(List.of(0, 0))).isZero();
        assertThat(counts.frequency(List.of(1, 0))).isEqualTo(0.25);
        assertThat(counts.expectedLength(TreeShape.parse("[[0], [1], [0, 0], [0, 1]]")))
                .isEqualTo(1 + 0.5 + 0.25 + 0 + 0.5, ROUNDING);
    }

    @Test
    void takesABetterSiblingAlongWhereTheWorseOneIsWorthIt() {
        // rank 0 is rarely right, rank 1 nearly always
        PathCounts counts = counts(List.of(List.of(1), List.of(1), List.of(1), List.of(0, 0)));
        List<TreeShape> trees = counts.bestTrees();
        assertThat(trees.get(1)).isEqualTo(TreeShape.parse("[[0]]"));
        assertThat(trees.get(2)).isEqualTo(TreeShape.parse("[[0], [1]]"));
        assertThat(trees.get(3)).isEqualTo(TreeShape.parse("[[0], [1], [0, 0]]"));
    }

    @Test
    void endsWhereMoreNodesAddNothing() {
        List<TreeShape> trees = counts(List.of(List.of(0, 0), List.of(0))).bestTrees();
        assertThat(trees)
                .containsExactly(TreeShape.single(), TreeShape.parse("[[0]]"), TreeShape.parse("[[0], [0, 0]]"));
    }

    @Test
    void leavesOutWhatNoTreeHasRoomFor() {
        PathCounts counts = counts(List.of(List.of(MAXIMUM_NODES - 1), List.of(MAXIMUM_NODES - 2)));
        List<TreeShape> trees = counts.bestTrees();
        assertThat(trees).hasSize(MAXIMUM_NODES);
        assertThat(counts.expectedLength(trees.get(MAXIMUM_NODES - 1))).isEqualTo(1.5);
    }

    /** Every tree there is, up to that size. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void findsTheBestOfAllTreesOfEverySize(long seed) {
        Random random = new Random(seed);
        List<List<Integer>> places = new ArrayList<>();
        for (int place = 0; place < 40; place++) {
            // no rank is favoured much, so that worse ones often happen to be more frequent
            int depth = random.nextInt(4);
            places.add(random.ints(depth, 0, 1 + random.nextInt(4)).boxed().toList());
        }
        PathCounts counts = counts(places);
        List<TreeShape> best = counts.bestTrees();
        Set<TreeShape> all = Set.of(TreeShape.single());
        for (int nodes = 1; nodes <= MAXIMUM_NODES; nodes++) {
            double most = all.stream().mapToDouble(counts::expectedLength).max().orElseThrow();
            TreeShape found = best.get(Math.min(nodes, best.size()) - 1);
            assertThat(found.size()).isLessThanOrEqualTo(nodes);
            assertThat(counts.expectedLength(found))
                    .as("seed %d, %d nodes", seed, nodes)
                    .isEqualTo(most, ROUNDING);
            all = larger(all);
        }
    }

    /** All trees of one node more. */
    private static Set<TreeShape> larger(Set<TreeShape> trees) {
        Set<TreeShape> larger = new HashSet<>();
        for (TreeShape tree : trees) {
            List<List<Integer>> paths = new ArrayList<>();
            for (int node = 1; node < tree.size(); node++) {
                paths.add(tree.path(node));
            }
            for (int parent = 0; parent < tree.size(); parent++) {
                List<Integer> path = new ArrayList<>(tree.path(parent));
                path.add(tree.children(parent).size());
                List<List<Integer>> more = new ArrayList<>(paths);
                more.add(path);
                larger.add(TreeShape.ofPaths(more));
            }
        }
        return larger;
    }

    private static PathCounts counts(List<List<Integer>> places) {
        PathCounts counts = new PathCounts(MAXIMUM_NODES);
        places.forEach(ranks -> counts.add(ranks, 1));
        return counts;
    }
}
