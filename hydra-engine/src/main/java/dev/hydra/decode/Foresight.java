package dev.hydra.decode;

import dev.hydra.grammar.Guide;
import dev.hydra.grammar.Place;
import dev.hydra.tree.TreeShape;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/** A walk through a draft tree, as far as a guide lets its tokens lead; each is for one walk. */
final class Foresight {

    private final Guide guide;
    private final TreeShape shape;
    private final int left;
    private final int[] depths;
    private final Map<Integer, Place> places = new HashMap<>();
    private final Map<Integer, BitSet> legal = new LinkedHashMap<>();

    /**
     * @param place where the text stands, the root token included
     * @param left  tokens that may follow it, more than the tree is deep
     */
    Foresight(Guide guide, Place place, int left, TreeShape shape) {
        this.guide = guide;
        this.shape = shape;
        this.left = left;
        this.depths = shape.depths();
        arrive(0, place);
    }

    /**
     * The tokens that may be said after the nodes, by node: those of a document that can still be finished. There are none for nodes that
     * no document leads to, or at which one ends.
     *
     * @param drafted a token for each node, the root's first
     */
    Map<Integer, BitSet> legal(long[] drafted) {
        for (int node = 1; node < shape.size(); node++) {
            go(node, (int) drafted[node]);
        }
        return legal;
    }

    /**
     * Better drafts: where the grammar leaves one text alone to go on with, and a node's token breaks it, the node gets the longest token
     * of that text, unless one of its siblings has it.
     *
     * @param drafted a token for each node, the root's first
     */
    long[] mended(long[] drafted) {
        long[] tokens = drafted.clone();
        for (int node = 1; node < shape.size(); node++) {
            BitSet following = legal.get(parent(node));
            if (following != null && !following.get((int) tokens[node])) {
                OptionalInt asked = guide.asked(place(parent(node)), following);
                if (asked.isPresent() && !isAmongSiblings(tokens, node, asked.getAsInt())) {
                    tokens[node] = asked.getAsInt();
                }
            }
            go(node, (int) tokens[node]);
        }
        return tokens;
    }

    private boolean isAmongSiblings(long[] tokens, int node, int token) {
        return IntStream.range(1, shape.size())
                .anyMatch(other -> parent(other) == parent(node) && tokens[other] == token);
    }

    private void go(int node, int token) {
        BitSet following = legal.get(parent(node));
        if (following != null && following.get(token) && !guide.isEnd(token)) {
            arrive(node, guide.next(place(parent(node)), token));
        }
    }

    private void arrive(int node, Place place) {
        places.put(node, place);
        int behind = left - depths[node];
        if (!guide.isEnd(place, behind)) {
            legal.put(node, guide.legal(place, behind - 1));
        }
    }

    private int parent(int node) {
        return shape.parents().get(node);
    }

    private Place place(int node) {
        return Objects.requireNonNull(places.get(node));
    }
}
