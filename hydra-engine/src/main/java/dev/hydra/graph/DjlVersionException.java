package dev.hydra.graph;

import java.io.Serial;

/** The class path has parts of several versions of DJL. The message names them, and where they are. */
public final class DjlVersionException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1;

    DjlVersionException(String message) {
        super(message);
    }
}
