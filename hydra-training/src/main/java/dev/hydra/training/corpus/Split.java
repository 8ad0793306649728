package dev.hydra.training.corpus;

/** Which part of the corpus a question belongs to; decided by its content, so that the two parts cannot overlap. */
public enum Split {
    /** What the model learns from. */
    TRAINING,
    /** What it is judged by: questions, and pairs of hero and plot, that the training part never shows. */
    HELD_OUT;

    private static final int HELD_OUT_ONE_IN = 12;

    /** The part that a key belongs to: held out for one key in twelve, always the same ones. */
    static Split of(String key) {
        int mixed = key.hashCode() * 0x9E3779B1;
        return Math.floorMod(mixed ^ (mixed >>> 15), HELD_OUT_ONE_IN) == 0 ? HELD_OUT : TRAINING;
    }
}
