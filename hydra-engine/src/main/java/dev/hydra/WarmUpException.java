package dev.hydra;

import java.io.Serial;

/** A model was opened, and did not answer the question that should warm it up; neither would it answer any other. */
public final class WarmUpException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1;

    WarmUpException(Throwable cause) {
        super(
                "the model is open, and its first answer broke off: %s; expected some tokens"
                        .formatted(cause.getMessage()),
                cause);
    }
}
