package dev.hydra.training.data;

import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.stream.IntStream;

/** A chat, or any text, as token ids, each either given or to be learned. Immutable. */
public final class ChatTokens {
    private final int[] tokens;
    private final BitSet learned;

    private ChatTokens(int[] tokens, BitSet learned) {
        this.tokens = tokens;
        this.learned = learned;
    }

    /** Number of tokens. */
    public int size() {
        return tokens.length;
    }

    /** The id at a place, from 0. */
    public int token(int place) {
        return tokens[place];
    }

    /** Whether the token at a place counts in the loss. */
    public boolean learned(int place) {
        return learned.get(place);
    }

    /** Number of tokens that count in the loss. */
    public int learned() {
        return learned.cardinality();
    }

    /** The ids before the first one that counts: what a model is given to go on from. */
    public List<Integer> prompt() {
        return IntStream.range(0, Math.max(0, learned.nextSetBit(0)))
                .mapToObj(this::token)
                .toList();
    }

    /** All ids in order. */
    public int[] tokens() {
        return tokens.clone();
    }

    /** The tokens from a place up to another one, which is left out. */
    ChatTokens part(int from, int to) {
        return new ChatTokens(Arrays.copyOfRange(tokens, from, to), learned.get(from, to));
    }

    /** Collects tokens in order. */
    public static final class Builder {
        private final IntStream.Builder tokens = IntStream.builder();
        private final BitSet learned = new BitSet();
        private int size;

        /** Adds tokens that are given. */
        public Builder given(int... ids) {
            for (int id : ids) {
                tokens.add(id);
                size++;
            }
            return this;
        }

        /** Adds tokens that count in the loss. */
        public Builder learned(int... ids) {
            learned.set(size, size + ids.length);
            return given(ids);
        }

        /** The chat so far. */
        public ChatTokens build() {
            return new ChatTokens(tokens.build().toArray(), learned);
        }
    }
}
