package dev.hydra.spring.chat;

/** Where in an answer something stands, white space aside. */
enum Place {
    /** At its beginning, or at that of what follows the thoughts. */
    START,
    /** Behind a call. */
    BEHIND_CALL,
    /** Behind words. */
    TEXT
}
