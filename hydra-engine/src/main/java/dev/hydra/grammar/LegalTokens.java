package dev.hydra.grammar;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.SortedMap;

/**
 * The tokens that may follow a place, by how much dearer they make it to finish: layer by layer, each with those before it.
 * Immutable.
 */
final class LegalTokens {

    private final int[] rises;
    private final List<BitSet> upTo;

    /** @param layers tokens by the tokens that it then takes more to finish; one layer at least */
    LegalTokens(SortedMap<Integer, BitSet> layers) {
        rises = layers.keySet().stream().mapToInt(Integer::intValue).toArray();
        upTo = new ArrayList<>();
        BitSet all = new BitSet();
        for (BitSet layer : layers.values()) {
            all.or(layer);
            upTo.add((BitSet) all.clone());
        }
    }

    /**
     * Those that make it no dearer than that; the same set each time.
     *
     * @param most tokens that it may then take more to finish
     */
    BitSet within(int most) {
        int last = -1;
        while (last + 1 < rises.length && rises[last + 1] <= most) {
            last++;
        }
        return last < 0 ? new BitSet() : upTo.get(last);
    }

    /** What it takes in memory, about, in bytes. */
    long size() {
        return upTo.stream().mapToLong(set -> set.size() / Byte.SIZE).sum();
    }
}
