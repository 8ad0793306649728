package dev.hydra.graph;

import ai.djl.ndarray.NDManager;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Which sets of tokens the graph knows, under which numbers. It is told of a set the first time that one is used, and keeps it on the
 * device; where there are too many, the one that was not used for the longest time gives up its number. Belongs to the thread that
 * uses the graph.
 */
final class TokenMasks {

    /** At a vocabulary of 128 thousand tokens these are 63 MiB in float32, and half of that on a GPU. */
    static final int MOST = 128;

    private final Script script;
    private final int vocabulary;
    private final Map<BitSet, Integer> numbers = new LinkedHashMap<>(16, 0.75f, true);

    /** @param vocabulary scores that a node has: V */
    TokenMasks(Script script, int vocabulary) {
        this.script = script;
        this.vocabulary = vocabulary;
    }

    /**
     * The number of a set.
     *
     * @param kept sets whose numbers are in use
     */
    long number(BitSet legal, Set<BitSet> kept) {
        Integer known = numbers.get(legal);
        if (known != null) {
            return known;
        }
        int number = numbers.size();
        if (number >= MOST) {
            Iterator<Map.Entry<BitSet, Integer>> oldest = numbers.entrySet().iterator();
            Map.Entry<BitSet, Integer> gone = oldest.next();
            while (kept.contains(gone.getKey())) {
                gone = oldest.next();
            }
            number = gone.getValue();
            oldest.remove();
        }
        put(number, legal);
        numbers.put(legal, number);
        return number;
    }

    private void put(int number, BitSet legal) {
        float[] most = new float[vocabulary];
        if (legal.cardinality() < vocabulary / 2) {
            Arrays.fill(most, Float.NEGATIVE_INFINITY);
            legal.stream().filter(token -> token < vocabulary).forEach(token -> most[token] = Float.POSITIVE_INFINITY);
        } else {
            Arrays.fill(most, Float.POSITIVE_INFINITY);
            for (int token = legal.nextClearBit(0); token < vocabulary; token = legal.nextClearBit(token + 1)) {
                most[token] = Float.NEGATIVE_INFINITY;
            }
        }
        try (NDManager scope = script.manager().newSubManager()) {
            script.run("put_mask", Script.value(number), Script.value(scope.create(most)));
        }
    }
}
