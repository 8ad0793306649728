package dev.hydra.training.data;

/**
 * A text without turns.
 *
 * @param text   all of it, verbatim
 * @param origin where it was read
 */
record Document(String text, Origin origin) implements Sample {
    Document {
        if (text.isBlank()) {
            throw new BadRecordException("there are no words; expected a text");
        }
    }
}
