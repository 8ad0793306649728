package dev.hydra.training;

import dev.hydra.training.data.ChatTokens;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongFunction;

/**
 * Batches of chats, without end. Every row begins with a chat, the next chats follow until the row is full, and the last
 * one is cut off. Not for use by several threads.
 */
public final class ChatBatches {

    private final LongFunction<ChatTokens> chats;
    private final int rows;
    private final int length;
    private final float givenWeight;
    private long next;

    /**
     * @param chats the chats by number, from 0
     * @param rows rows of a batch
     * @param length tokens of a row
     * @param givenWeight the weight in a loss of tokens that a model is given; those that it has to say itself weigh 1
     */
    public ChatBatches(LongFunction<ChatTokens> chats, int rows, int length, double givenWeight) {
        this.chats = chats;
        this.rows = rows;
        this.length = length;
        this.givenWeight = (float) givenWeight;
    }

    /** The next batch. */
    public Batch next() {
        long[] tokens = new long[rows * length];
        float[] weights = new float[rows * length];
        for (int row = 0; row < rows; row++) {
            int end = (row + 1) * length;
            for (int at = row * length; at < end; ) {
                ChatTokens chat = chats.apply(next++);
                for (int place = 0; place < chat.size() && at < end; place++, at++) {
                    tokens[at] = chat.token(place);
                    weights[at] = chat.learned(place) ? 1 : givenWeight;
                }
            }
        }
        return new Batch(rows, tokens, weights);
    }

    /** The next so many batches. */
    public List<Batch> next(int count) {
        List<Batch> batches = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            batches.add(next());
        }
        return batches;
    }
}
