package dev.hydra.training.data;

import java.io.Serial;

/** A single record that nothing can be learned from; the message says what was found and what was expected. */
final class BadRecordException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1;

    BadRecordException(String message) {
        super(message);
    }
}
