package dev.hydra.text;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/** A {@code tokenizer.json} that is missing, damaged or of a kind that cannot be read. */
public class TokenizerException extends IllegalArgumentException {
    @Serial
    private static final long serialVersionUID = 1;

    TokenizerException(String message) {
        super(message);
    }

    TokenizerException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
