package dev.hydra.checkpoint;

/** A model's files are not what they should be; the message names the file, what was found and what was expected. */
public class CheckpointException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** With a message that names the file. */
    public CheckpointException(String message) {
        super(message);
    }

    /** With a message that names the file, and the failure that revealed it. */
    public CheckpointException(String message, Throwable cause) {
        super(message, cause);
    }
}
