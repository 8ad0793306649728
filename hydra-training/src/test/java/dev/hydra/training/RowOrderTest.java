package dev.hydra.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RowOrderTest {

    private static final long SEED = 42;
    private static final int ROWS = 37;

    private final RowOrder order = new RowOrder(ROWS, SEED);

    @Test
    void showsEveryRowOnceInEveryEpoch() {
        Integer[] all = IntStream.range(0, ROWS).boxed().toArray(Integer[]::new);
        List<Integer> first = order.at(0, ROWS);
        List<Integer> second = order.at(ROWS, ROWS);
        assertThat(first).containsExactlyInAnyOrder(all);
        assertThat(second).containsExactlyInAnyOrder(all).isNotEqualTo(first);
    }

    @Test
    void isAFunctionOfSeedAndPlace() {
        List<Integer> places = order.at(0, 4 * ROWS);
        for (int place : List.of(100, 3, 36, 37, 147)) {
            assertThat(new RowOrder(ROWS, SEED).at(place, 1)).containsExactly(places.get(place));
            assertThat(order.at(place, 1)).containsExactly(places.get(place));
        }
        assertThat(order.at(30, 50)).isEqualTo(places.subList(30, 80));
        assertThat(new RowOrder(ROWS, SEED + 1).at(0, ROWS)).isNotEqualTo(places.subList(0, ROWS));
    }

    @Test
    void repeatsAnOnlyRow() {
        assertThat(new RowOrder(1, SEED).at(5, 3)).containsExactly(0, 0, 0);
    }
}
