package dev.hydra.training.data;

import java.nio.file.Path;

/**
 * Where a record was read.
 *
 * @param file  the file
 * @param place the place in it, as it follows the file's name in a message; for example {@code :12} for a line
 */
record Origin(Path file, String place) {

    /** A line of a file, from 1. */
    static Origin line(Path file, long line) {
        return new Origin(file, ":" + line);
    }

    /** A record of a JSON array, from 1. */
    static Origin record(Path file, long number) {
        return new Origin(file, " record " + number);
    }

    /** A file as a whole. */
    static Origin whole(Path file) {
        return new Origin(file, "");
    }

    @Override
    public String toString() {
        return file + place;
    }
}
