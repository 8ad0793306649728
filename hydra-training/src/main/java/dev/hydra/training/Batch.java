package dev.hydra.training;

/**
 * Rows of tokens, all of one length, with the weight that each token has in a loss when it is predicted.
 *
 * <p>The arrays are row-major and shared, not copied: whoever makes a batch hands them over.
 */
final class Batch {

    private final int rows;
    private final long[] tokens;
    private final float[] weights;

    /** @throws IllegalArgumentException if there are not as many weights as tokens, or the rows' lengths would differ */
    Batch(int rows, long[] tokens, float[] weights) {
        if (rows < 1 || tokens.length != weights.length || tokens.length % rows != 0) {
            throw new IllegalArgumentException("%d tokens and %d weights do not make %d rows of one length"
                    .formatted(tokens.length, weights.length, rows));
        }
        this.rows = rows;
        this.tokens = tokens;
        this.weights = weights;
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
}
