package dev.hydra.training.grow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hydra.training.console.Console;
import dev.hydra.tree.TreeShape;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class GrowthTest {

    private static final long SEED = 23;
    private static final int MAXIMUM_NODES = 24;

    @Test
    void saysOfEverySizeWhatIsExpectedAndWhatStepsWouldReallyYield() {
        List<Continuation> continuations = continuations(60);
        Growth growth = new Growth(continuations, MAXIMUM_NODES);
        List<SizedTree> trees = growth.trees(Console.silent());
        assertThat(trees).hasSize(MAXIMUM_NODES);
        assertThat(trees.get(0)).isEqualTo(new SizedTree(TreeShape.single(), 1, 1));
        for (int nodes = 1; nodes <= MAXIMUM_NODES; nodes++) {
            SizedTree tree = trees.get(nodes - 1);
            assertThat(tree.nodes()).isEqualTo(nodes);
            double expected = 1;
            for (int node = 1; node < nodes; node++) {
                expected += growth.frequency(tree.shape().path(node));
            }
            assertThat(tree.expected()).isEqualTo(expected, Offset.offset(1e-9));
            assertThat(tree.simulated())
                    .isEqualTo(new Replay(tree.shape()).outcome(continuations).acceptanceLength());
        }
    }

    @Test
    void growsForThePlacesAtWhichStepsStartWhereThatCarriesFurther() {
        // every other place is the one that steps of two tokens start at, and there another rank is right
        List<List<Integer>> ranks = new ArrayList<>();
        for (int pair = 0; pair < 20; pair++) {
            ranks.add(List.of(1));
            ranks.add(List.of(0));
            ranks.add(List.of(0));
        }
        Growth growth = new Growth(List.of(new Continuation(ranks)), 3);
        List<SizedTree> trees = growth.trees(Console.silent());
        PathCounts alike = new PathCounts(3);
        ranks.forEach(place -> alike.add(place, 1));
        alike.bestTrees()
                .forEach(shape -> assertThat(trees.get(shape.size() - 1).simulated())
                        .isGreaterThanOrEqualTo(new Replay(shape)
                                .outcome(List.of(new Continuation(ranks)))
                                .acceptanceLength()));
    }

    private static List<Continuation> continuations(int count) {
        Random random = new Random(SEED);
        List<Continuation> continuations = new ArrayList<>();
        for (int text = 0; text < count; text++) {
            int size = random.nextInt(40);
            List<List<Integer>> ranks = new ArrayList<>();
            for (int place = 0; place < size; place++) {
                int depth = Math.min(4, size - place);
                ranks.add(random.doubles(depth)
                        .mapToObj(uniform -> (int) (6 * uniform * uniform * uniform))
                        .toList());
            }
            continuations.add(new Continuation(ranks));
        }
        return continuations;
    }
}
