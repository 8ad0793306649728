package dev.hydra.grammar;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * The tokens of a vocabulary by their bytes, in a tree whose nodes are what tokens begin with. Immutable; threads may share it.
 */
public final class TokenTrie {

    private final List<byte[]> tokens;
    private final BitSet single = new BitSet();
    private final int longest;

    // of each node: its byte, how many come before it on its way, the node behind all that it leads to, and the tokens
    // that end at
    // it, as a range of those in order
    private final byte[] octets;
    private final int[] depths;
    private final int[] ends;
    private final int[] tokensFrom;
    private final int[] tokensTo;
    private final int[] ordered;

    /** @param tokens the bytes of each token by its id; none for a token that is not text */
    public TokenTrie(List<byte[]> tokens) {
        this.tokens = List.copyOf(tokens);
        List<Integer> order = new ArrayList<>();
        int nodes = 0;
        int most = 0;
        for (int token = 0; token < tokens.size(); token++) {
            int length = tokens.get(token).length;
            if (length > 0) {
                order.add(token);
                most = Math.max(most, length);
            }
            if (length == 1) {
                single.set(Byte.toUnsignedInt(tokens.get(token)[0]));
            }
        }
        this.longest = most;
        order.sort((one, other) -> Arrays.compareUnsigned(tokens.get(one), tokens.get(other)));
        this.ordered = order.stream().mapToInt(Integer::intValue).toArray();
        byte[] before = {};
        for (int token : ordered) {
            byte[] bytes = tokens.get(token);
            nodes += bytes.length - common(before, bytes);
            before = bytes;
        }
        this.octets = new byte[nodes];
        this.depths = new int[nodes];
        this.ends = new int[nodes];
        this.tokensFrom = new int[nodes];
        this.tokensTo = new int[nodes];
        build();
    }

    /** A vocabulary of the 256 bytes. */
    static TokenTrie ofBytes() {
        return new TokenTrie(IntStream.range(0, 256)
                .mapToObj(octet -> new byte[] {(byte) octet})
                .toList());
    }

    private static int common(byte[] one, byte[] other) {
        int difference = Arrays.mismatch(one, other);
        return difference < 0 ? one.length : difference;
    }

    /** In order, a node comes before all that it leads to. */
    private void build() {
        int[] path = new int[longest];
        int depth = 0;
        int node = 0;
        byte[] before = {};
        for (int at = 0; at < ordered.length; at++) {
            byte[] bytes = tokens.get(ordered[at]);
            int common = common(before, bytes);
            while (depth > common) {
                ends[path[--depth]] = node;
            }
            while (depth < bytes.length) {
                path[depth] = node;
                octets[node] = bytes[depth];
                depths[node] = depth++;
                tokensFrom[node] = at;
                tokensTo[node++] = at;
            }
            tokensTo[path[depth - 1]] = at + 1;
            before = bytes;
        }
        while (depth > 0) {
            ends[path[--depth]] = node;
        }
    }

    /** The number of token ids. */
    public int size() {
        return tokens.size();
    }

    /** The bytes of a token; none where it is not text. */
    byte[] bytes(int token) {
        return token < tokens.size() ? tokens.get(token) : new byte[0];
    }

    /** The longest of some tokens that a text begins with. */
    OptionalInt longestAlong(byte[] text, BitSet tokens) {
        OptionalInt longest = OptionalInt.empty();
        int at = 0;
        for (int node = 0; at < text.length && node < nodes() && depths[node] == at; ) {
            if (octets[node] != text[at]) {
                node = ends[node];
                continue;
            }
            for (int place = tokensFrom[node]; place < tokensTo[node]; place++) {
                longest = tokens.get(ordered[place]) ? OptionalInt.of(ordered[place]) : longest;
            }
            at++;
            node++;
        }
        return longest;
    }

    /** Bytes of the longest token. */
    int longest() {
        return longest;
    }

    /** Whether a byte is a token by itself. */
    boolean isToken(int octet) {
        return single.get(octet);
    }

    /** Nodes, in an order in which each comes before those that it leads to, which come before its next sibling. */
    int nodes() {
        return octets.length;
    }

    /** The byte that leads to a node. */
    int octet(int node) {
        return Byte.toUnsignedInt(octets[node]);
    }

    /** Bytes before a node's on the way to it. */
    int depth(int node) {
        return depths[node];
    }

    /** The node behind all that a node leads to: its next sibling, or one of an ancestor's. */
    int end(int node) {
        return ends[node];
    }

    /** The first place among {@link #token} of those that end at a node. */
    int tokensFrom(int node) {
        return tokensFrom[node];
    }

    /** The place behind the last of them. */
    int tokensTo(int node) {
        return tokensTo[node];
    }

    /** The token of a place. */
    int token(int place) {
        return ordered[place];
    }
}
