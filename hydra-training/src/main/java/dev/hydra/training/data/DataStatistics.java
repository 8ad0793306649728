package dev.hydra.training.data;

/**
 * What became of training data. Chats and documents count alike.
 *
 * @param records    chats and documents that rows were made of
 * @param tokens     tokens of all rows
 * @param learned    tokens that count in the loss
 * @param rows       rows of training and validation
 * @param length     tokens that a row has room for
 * @param truncated  chats whose end was cut off, for they were longer than a row
 * @param dropped    chats whose answers all began behind the end of a row
 * @param bad        records that were skipped, each reported with its place
 */
public record DataStatistics(
        long records, long tokens, long learned, long rows, int length, long truncated, long dropped, long bad) {

    /** The part of all rows' places that has a token, 0 to 1. */
    public double fill() {
        return rows == 0 ? 0 : (double) tokens / ((double) rows * length);
    }
}
