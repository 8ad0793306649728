package dev.hydra.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class TreeShapeTest {
    private static final int SEEDS = 200;
    private static final String SMALL = "[[0], [1], [2], [0, 0], [0, 1], [1, 0], [0, 0, 0], [0, 0, 1]]";

    static List<String> names() {
        return List.copyOf(TreeShape.names());
    }

    @Test
    void numbersNodesByDepthThenPathWhateverTheOrderOfThePaths() {
        TreeShape shape =
                TreeShape.ofPaths(List.of(List.of(1, 0), List.of(0, 1), List.of(1), List.of(0), List.of(0, 0)));
        assertThat(shape.parents()).containsExactly(-1, 0, 0, 1, 1, 2);
        assertThat(shape.path(4)).containsExactly(0, 1);
        assertThat(shape.rank(4)).isEqualTo(1);
        assertThat(shape.depth(4)).isEqualTo(2);
        assertThat(shape.children(0)).containsExactly(1, 2);
        assertThat(shape.children(2)).containsExactly(5);
        assertThat(shape.children(5)).isEmpty();
        assertThat(shape.isLeaf(5)).isTrue();
        assertThat(shape.nodesTo(4)).isEqualTo(new TreePath(List.of(0, 1, 4)));
    }

    @Test
    void isTheRootAloneWhenSingle() {
        TreeShape shape = TreeShape.single();
        assertThat(shape.size()).isEqualTo(1);
        assertThat(shape.depth()).isZero();
        assertThat(shape.rank(0)).isZero();
        assertThat(shape.path(0)).isEmpty();
        assertThat(shape.children(0)).isEmpty();
        assertThat(shape.levels()).isEmpty();
        assertThat(shape.paddedPaths()).isEqualTo(new int[][] {{0}});
        assertThat(TreeShape.parse("[]")).isEqualTo(shape);
    }

    @Test
    void isReadFromAnObjectThatSaysMoreThanThePaths() {
        assertThat(TreeShape.parse("{\"kind\": \"hydra\", \"paths\": [[0], [1], [0, 0]], \"nodes\": 4}"))
                .isEqualTo(TreeShape.parse("[[0], [1], [0, 0]]"));
        assertThat(TreeShape.parse("{\"paths\": []}")).isEqualTo(TreeShape.single());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[[0], [1, 1, 0]]       | path [1, 1] leaves a gap among its siblings; ranks go 0, 1, 2, ...: expected path [1, 0] in the list too",
                "[[0], [2]]             | path [2] leaves a gap among its siblings; ranks go 0, 1, 2, ...: expected path [1] in the list too",
                "[[1]]                  | path [1] leaves a gap among its siblings; ranks go 0, 1, 2, ...: expected path [0] in the list too",
                "[[0], [0, 0], [0]]     | path [0] is listed twice; expected every path once",
                "[[0], [-1]]            | path [-1] has a negative rank; ranks start at 0",
                "[[]]                   | path [] is listed; expected none, the root is implied",
                "[[0], 7]               | tree has 7 where a list belongs; expected a list of paths as in [[0], [1], [0, 0]]",
                "{\"paths\": 7}         | tree has 7 where a list belongs; expected a list of paths as in [[0], [1], [0, 0]]",
                "{\"paths\": [[1]]}     | path [1] leaves a gap among its siblings; ranks go 0, 1, 2, ...: expected path [0] in the list too",
                "{\"a\": 1}             | tree has {\"a\":1} where a list belongs; expected a list of paths as in [[0], [1], [0, 0]]",
                "[[0.5]]                | tree has 0.5 where a rank belongs; expected a whole number",
                "[[4294967296]]         | tree has 4294967296 where a rank belongs; expected a whole number",
                "[[\"0\"]]              | tree has \"0\" where a rank belongs; expected a whole number",
                "[[null]]               | tree has null where a rank belongs; expected a whole number",
                "[[0], [1]              | tree is not JSON; expected a list of paths as in [[0], [1], [0, 0]]",
            })
    void namesPathAndRuleWhenPathsMakeNoTree(String json, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TreeShape.parse(json))
                .withMessage(message);
    }

    @Test
    void addsTheNodesOnTheWayToTheLeaves() {
        assertThat(TreeShape.parse("[[1], [0, 1], [0, 0, 0]]"))
                .isEqualTo(TreeShape.parse("[[0], [1], [0, 0], [0, 1], [0, 0, 0]]"));
        for (String name : TreeShape.names()) {
            TreeShape shape = TreeShape.named(name);
            List<List<Integer>> leaves = IntStream.range(1, shape.size())
                    .filter(shape::isLeaf)
                    .mapToObj(shape::path)
                    .toList();
            assertThat(TreeShape.ofPaths(leaves)).isEqualTo(shape);
        }
    }

    @Test
    void refusesTreesThatNobodyCanWant() {
        List<Integer> deep = Collections.nCopies(1024, 0);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TreeShape.ofPaths(List.of(deep)))
                .withMessage("path [0, ...] has 1024 ranks; expected fewer than 1024");
        List<List<Integer>> wide = IntStream.range(0, 1024).mapToObj(List::of).toList();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TreeShape.ofPaths(wide))
                .withMessage("a tree has 1025 nodes; expected at most 1024");
    }

    @Test
    void knowsMedusasTrees() {
        assertThat(TreeShape.names()).hasSize(11);
        for (String name : TreeShape.names()) {
            if (name.startsWith("medusa-")) {
                assertThat(TreeShape.named(name).size()).as(name).isEqualTo(64);
            }
        }
        assertThat(TreeShape.named("medusa-vicuna-33b-stage1").depth()).isEqualTo(3);
        assertThat(TreeShape.named("medusa-zephyr-stage2").breadth()).isBetween(1, 10);
    }

    @Test
    void rejectsShapeWhoseParentComesLater() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new TreeShape(List.of(-1, 2, 0)))
                .withMessage("parent of node 1 is 2; expected 0..0");
    }

    @Test
    void rejectsShapeWhoseNodesAreNotInOrder() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new TreeShape(List.of(-1, 0, 1, 0)))
                .withMessage("parent of node 3 is 0; expected 1 or more, the parent of node 2");
    }

    @Test
    void rejectsShapeWithoutRoot() {
        assertThatIllegalArgumentException().isThrownBy(() -> new TreeShape(List.of()));
        assertThatIllegalArgumentException().isThrownBy(() -> new TreeShape(List.of(0)));
    }

    @ParameterizedTest
    @CsvSource({
        "4, 100, 9",
        "3, 9, 9",
        "2, 100, 7",
        "1, 100, 4",
        "0, 100, 1",
        "3, 8, 8",
        "3, 5, 5",
        "1, 2, 2",
        "3, 1, 1"
    })
    void keepsBothLimitsWhenCut(int depth, int nodes, int kept) {
        TreeShape shape = TreeShape.parse(SMALL);
        TreeShape cut = shape.within(depth, nodes);
        assertThat(cut.parents()).isEqualTo(shape.parents().subList(0, kept));
    }

    @ParameterizedTest
    @CsvSource({"-1, 4", "4, 0"})
    void refusesToCutTheRootOff(int depth, int nodes) {
        TreeShape shape = TreeShape.parse(SMALL);
        assertThatIllegalArgumentException().isThrownBy(() -> shape.within(depth, nodes));
    }

    @Test
    void listsLevelsAsADrafterMakesThem() {
        List<TreeLevel> levels = TreeShape.parse(SMALL).levels();
        assertThat(levels)
                .containsExactly(
                        new TreeLevel(1, 1, List.of(0, 0, 0), List.of(0, 1, 2), List.of(0, 1)),
                        new TreeLevel(2, 4, List.of(0, 0, 1), List.of(0, 1, 0), List.of(0)),
                        new TreeLevel(3, 7, List.of(0, 0), List.of(0, 1), List.of()));
        assertThat(levels).extracting(TreeLevel::breadth).containsExactly(3, 2, 2);
        assertThat(levels).extracting(TreeLevel::size).containsExactly(3, 3, 2);
    }

    @Test
    void skipsLeavesWhenCountingTheRowsOfALevel() {
        List<TreeLevel> levels =
                TreeShape.parse("[[0], [1], [2], [2, 0], [2, 0, 0]]").levels();
        assertThat(levels.get(0).expanded()).containsExactly(2);
        assertThat(levels.get(1).parents()).containsExactly(0);
        assertThat(levels.get(2).parents()).containsExactly(0);
    }

    @Test
    void padsPathsWithTheNodeItself() {
        assertThat(TreeShape.parse("[[0], [1], [0, 0]]").paddedPaths())
                .isEqualTo(new int[][] {{0, 0, 0}, {0, 1, 1}, {0, 2, 2}, {0, 1, 3}});
    }

    @ParameterizedTest
    @MethodSource("names")
    void shipsTreesThatAreTrees(String name) {
        TreeShape shape = TreeShape.named(name);
        assertThat(shape.depth()).isBetween(3, 4);
        assertThat(TreeShape.ofPaths(
                        IntStream.range(1, shape.size()).mapToObj(shape::path).toList()))
                .isEqualTo(shape);
    }

    @Test
    void shipsTheAuthorsTreeAndSmallOnes() {
        assertThat(TreeShape.named("hydra-63").size()).isEqualTo(64);
        assertThat(TreeShape.named("default").size()).isEqualTo(16);
        assertThat(TreeShape.named("chain-4").parents()).containsExactly(-1, 0, 1, 2, 3);
    }

    @ParameterizedTest
    @ValueSource(strings = {"hydra-64", "", "../tree/default"})
    void namesTheShippedTreesWhenAskedForAnother(String name) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TreeShape.named(name))
                .withMessage("no tree is named '%s'; expected one of %s", name, TreeShape.names());
    }

    @Test
    void agreesWithItselfOnRandomTrees() {
        for (int seed = 0; seed < SEEDS; seed++) {
            TreeShape shape = random(new Random(seed));
            String described = "seed %d, %s".formatted(seed, shape);
            List<List<Integer>> paths = new ArrayList<>(
                    IntStream.range(1, shape.size()).mapToObj(shape::path).toList());
            Collections.shuffle(paths, new Random(seed));
            assertThat(TreeShape.ofPaths(paths)).as(described).isEqualTo(shape);

            int node = 1;
            List<Integer> rows = List.of(0);
            for (TreeLevel level : shape.levels()) {
                List<Integer> above = rows;
                int first = level.first();
                assertThat(first).as(described).isEqualTo(node);
                for (int place = 0; place < level.size(); place++, node++) {
                    assertThat(above.get(level.parents().get(place)))
                            .as(described)
                            .isEqualTo(shape.parents().get(node));
                    assertThat(level.ranks().get(place)).as(described).isEqualTo(shape.rank(node));
                    assertThat(level.expanded().contains(place)).as(described).isNotEqualTo(shape.isLeaf(node));
                    assertThat(shape.depth(node)).as(described).isEqualTo(level.depth());
                }
                rows = level.expanded().stream().map(place -> first + place).toList();
            }
            assertThat(node).as(described).isEqualTo(shape.size());
        }
    }

    private static TreeShape random(Random random) {
        List<Integer> parents = new ArrayList<>(List.of(-1));
        int parent = 0;
        int size = 1 + random.nextInt(40);
        while (parents.size() < size) {
            parent = Math.min(parents.size() - 1, parent + random.nextInt(3));
            parents.add(parent);
        }
        return new TreeShape(parents);
    }
}
