package dev.hydra.hub;

/** A repository, or what a cache has of it, lacks a file; the message says what it has: {@code no config.json}. */
final class IncompleteException extends Exception {
    private static final long serialVersionUID = 1L;

    IncompleteException(String message) {
        super(message);
    }
}
