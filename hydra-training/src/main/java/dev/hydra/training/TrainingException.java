package dev.hydra.training;

/** A training that cannot go on as it is: what was found, what was expected, what to do. */
public final class TrainingException extends IllegalStateException {

    private static final long serialVersionUID = 1L;

    TrainingException(String message) {
        super(message);
    }
}
