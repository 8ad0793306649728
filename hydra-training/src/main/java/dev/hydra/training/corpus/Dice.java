package dev.hydra.training.corpus;

import java.util.List;
import java.util.Random;

/** A seeded source of choices that keeps account of the bits it has spent. Not safe for use by several threads. */
final class Dice {
    private final Random random;
    private double bits;

    Dice(long seed) {
        random = new Random(seed);
    }

    <T> T pick(List<T> values) {
        return values.get(below(values.size()));
    }

    int below(int bound) {
        bits += Math.log(bound) / Math.log(2);
        return random.nextInt(bound);
    }

    /** True in the given share of cases. */
    boolean chance(double share) {
        boolean hit = random.nextDouble() < share;
        bits -= Math.log(hit ? share : 1 - share) / Math.log(2);
        return hit;
    }

    /** Random bits spent so far: an upper bound on the entropy of what was made from them. */
    double bits() {
        return bits;
    }
}
