package dev.hydra.training.data;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/** Training data that cannot be used as a whole; the message says what was found, what was expected and what to do. */
public class DataException extends IllegalArgumentException {
    @Serial
    private static final long serialVersionUID = 1;

    DataException(String message) {
        super(message);
    }

    DataException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
