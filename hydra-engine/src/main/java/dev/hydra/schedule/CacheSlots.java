package dev.hydra.schedule;

import java.util.BitSet;

/** Which rows of the cache are free. Belongs to the decoding thread. */
final class CacheSlots {

    private final int rows;
    private final BitSet taken = new BitSet();

    CacheSlots(int rows) {
        this.rows = rows;
    }

    /** Takes the lowest free row. */
    int take() {
        int row = taken.nextClearBit(0);
        if (row >= rows) {
            throw new IllegalStateException("all %d cache rows are taken".formatted(rows));
        }
        taken.set(row);
        return row;
    }

    /** Gives a row back. */
    void free(int row) {
        assert taken.get(row) : "row=" + row;
        taken.clear(row);
    }
}
