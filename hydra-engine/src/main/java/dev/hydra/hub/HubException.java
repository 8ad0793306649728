package dev.hydra.hub;

/** A repository's files cannot be had; the message names the repository, what was found, what was expected and what to do. */
public class HubException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Why. */
    public enum Reason {
        /** The cache alone may be used, and does not have it. */
        OFFLINE,
        /** The server could not be reached, or did not keep a connection up. */
        UNREACHABLE,
        /** The server answers everybody with an error, or this address too often. */
        BUSY,
        /** The repository is private or asks for consent, and who asked is not known or has not consented. */
        REFUSED,
        /** There is no such repository, revision or file. */
        NOT_FOUND,
        /** The repository lacks files without which it is no model, or no heads. */
        INCOMPLETE,
        /** What the server sent is not what it said it would send. */
        CORRUPT,
        /** The disk is too small. */
        NO_SPACE,
        /** The cache cannot be read or written. */
        CACHE
    }

    private final Reason reason;

    HubException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    HubException(Reason reason, String message, Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    /** Why the files cannot be had. */
    public Reason reason() {
        return reason;
    }
}
