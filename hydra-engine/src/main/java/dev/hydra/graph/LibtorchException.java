package dev.hydra.graph;

import java.io.Serial;

/** libtorch cannot be loaded, or the bridge to it cannot. The message says what would do. */
public final class LibtorchException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1;

    LibtorchException(String message, Throwable cause) {
        super(message, cause);
    }
}
