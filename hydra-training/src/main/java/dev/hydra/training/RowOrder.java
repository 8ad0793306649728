package dev.hydra.training;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * The order in which rows are learned from: epoch after epoch, each in an order of its own. A function of the seed and the place
 * alone, so that a training may go on anywhere. Not for use by several threads.
 */
final class RowOrder {

    private final int rows;
    private final long seed;
    private int[] order = {};
    private long epoch = -1;

    RowOrder(int rows, long seed) {
        this.rows = rows;
        this.seed = seed;
    }

    /** The rows at so many places from a first one on. */
    List<Integer> at(long first, int count) {
        List<Integer> numbers = new ArrayList<>();
        for (long place = first; place < first + count; place++) {
            if (place / rows != epoch) {
                epoch = place / rows;
                order = shuffled(new Random(seed * 0x9E3779B97F4A7C15L + epoch));
            }
            numbers.add(order[(int) (place % rows)]);
        }
        return numbers;
    }

    private int[] shuffled(Random random) {
        int[] numbers = new int[rows];
        for (int i = 0; i < rows; i++) {
            int other = random.nextInt(i + 1);
            numbers[i] = numbers[other];
            numbers[other] = i;
        }
        return numbers;
    }
}
