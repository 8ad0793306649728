package dev.hydra.text.jinja;

/** Python's {@code None}. */
enum None {
    NONE
}
