package dev.hydra.training;

import dev.hydra.training.data.ChatTokens;
import dev.hydra.training.data.TokenRow;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/**
 * Rows of tokens, all of one length, with the weight that each token has in a loss when it is predicted.
 *
 * <p>The arrays are row-major and shared, not copied: whoever makes a batch hands them over.
 */
public final class Batch {

    private static final long NO_CHAT = -1;
    private static final ByteBuffer NOTHING = ByteBuffer.allocateDirect(0);

    private final int rows;
    private final long[] tokens;
    private final float[] weights;
    private final long[] chats;
    private final ByteBuffer hidden;

    private Batch(int rows, long[] tokens, float[] weights, long[] chats, ByteBuffer hidden) {
        if (rows < 1 || tokens.length != weights.length || tokens.length % rows != 0) {
            throw new IllegalArgumentException("%d tokens and %d weights do not make %d rows of one length"
                    .formatted(tokens.length, weights.length, rows));
        }
        this.rows = rows;
        this.tokens = tokens;
        this.weights = weights;
        this.chats = chats;
        this.hidden = hidden;
    }

    /**
     * Rows that are one text each, whatever they hold.
     *
     * @throws IllegalArgumentException if there are not as many weights as tokens, or the rows' lengths would differ
     */
    Batch(int rows, long[] tokens, float[] weights) {
        this(rows, tokens, weights, new long[0], NOTHING);
    }

    /**
     * Rows of chats that do not see one another, filled up to a length.
     *
     * @param length of all rows; at least that of the longest
     */
    static Batch of(List<TokenRow> rows, int length) {
        long[] tokens = new long[rows.size() * length];
        float[] weights = new float[tokens.length];
        long[] chats = new long[tokens.length];
        Arrays.fill(chats, NO_CHAT);
        for (int row = 0; row < rows.size(); row++) {
            int at = row * length;
            List<ChatTokens> members = rows.get(row).chats();
            for (int chat = 0; chat < members.size(); chat++) {
                ChatTokens text = members.get(chat);
                for (int place = 0; place < text.size(); place++, at++) {
                    tokens[at] = text.token(place);
                    weights[at] = text.learned(place) ? 1 : 0;
                    chats[at] = chat;
                }
            }
        }
        return new Batch(rows.size(), tokens, weights, chats, NOTHING);
    }

    /**
     * The same rows with the base's final hidden rows, so that they need not be made again.
     *
     * @param hidden as {@link TrainingGraph#hidden} made them; read from a direct buffer's position to its limit
     */
    Batch withHidden(ByteBuffer hidden) {
        return new Batch(rows, tokens, weights, chats, hidden);
    }

    int rows() {
        return rows;
    }

    int length() {
        return tokens.length / rows;
    }

    long[] tokens() {
        return tokens;
    }

    float[] weights() {
        return weights;
    }

    /** The number of the chat that each token belongs to, within its row; empty if each row is one text. */
    long[] chats() {
        return chats;
    }

    ByteBuffer hidden() {
        return hidden.duplicate();
    }

    /** The places from which head i predicts a token that counts, i + 2 places on in the same chat. */
    long places(int head) {
        int shift = head + 2;
        long places = 0;
        for (int row = 0; row < rows; row++) {
            for (int at = row * length() + shift; at < (row + 1) * length(); at++) {
                boolean together = chats.length == 0 || chats[at] == chats[at - shift];
                places += weights[at] > 0 && together ? 1 : 0;
            }
        }
        return places;
    }
}
