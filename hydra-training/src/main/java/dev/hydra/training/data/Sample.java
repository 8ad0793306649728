package dev.hydra.training.data;

/** A record of training data. */
sealed interface Sample permits Dialogue, Document {

    /** Where it was read. */
    Origin origin();
}
