package dev.hydra.training.data;

import dev.hydra.text.ChatTemplate;
import java.nio.file.Path;
import java.util.List;

/**
 * What to read, and what rows to make of it.
 *
 * @param files      in this order
 * @param format     how the files are written
 * @param length     tokens of a row, 2 or more; longer chats are cut off, longer documents go on in the next row
 * @param packed     whether a row has as many chats as fit, or one
 * @param validation the part of the data that is kept for validation, below 1; 0 for none
 * @param seed       decides what is kept for validation, and what is drawn
 * @param maximumBad bad records that are skipped; one more ends the reading
 * @param answers    whose answers are learned
 * @param chatTemplate how chats are written: {@code auto} for the model's own template, the name of a built-in one, or the path of a
 *     Jinja file
 */
public record DataRequest(
        List<Path> files,
        DataFormat format,
        int length,
        boolean packed,
        double validation,
        long seed,
        int maximumBad,
        Answers answers,
        String chatTemplate) {

    public DataRequest {
        files = List.copyOf(files);
        if (files.isEmpty()) {
            throw new IllegalArgumentException("there are no files of training data; expected one at least");
        }
        if (length < 2) {
            throw new IllegalArgumentException(
                    "a row has %d tokens; expected 2 or more, one to see and one to learn".formatted(length));
        }
        if (!(validation >= 0 && validation < 1)) {
            throw new IllegalArgumentException(
                    "the part for validation is %s; expected at least 0 and less than 1".formatted(validation));
        }
        if (maximumBad < 0) {
            throw new IllegalArgumentException("%d bad records are allowed; expected 0 or more".formatted(maximumBad));
        }
    }

    /** A request with its defaults, for files. */
    public static Builder builder(List<Path> files) {
        return new Builder(files);
    }

    /** Collects options; every one but the files has a default. Not for use by several threads. */
    public static final class Builder {
        private final List<Path> files;
        private DataFormat format = DataFormat.AUTO;
        private int length = 2048;
        private boolean packed = true;
        private double validation = 0.05;
        private long seed;
        private int maximumBad = 100;
        private Answers answers = Answers.given();
        private String chatTemplate = ChatTemplate.AUTO;

        private Builder(List<Path> files) {
            this.files = List.copyOf(files);
        }

        /** How the files are written. Default: as each looks. */
        public Builder format(DataFormat format) {
            this.format = format;
            return this;
        }

        /** Tokens of a row. Default: 2048. */
        public Builder length(int length) {
            this.length = length;
            return this;
        }

        /** Whether a row has as many chats as fit, or one. Default: as many as fit. */
        public Builder packed(boolean packed) {
            this.packed = packed;
            return this;
        }

        /** The part that is kept for validation. Default: 0.05. */
        public Builder validation(double validation) {
            this.validation = validation;
            return this;
        }

        /** Decides what is kept for validation, and what is drawn. Default: 0. */
        public Builder seed(long seed) {
            this.seed = seed;
            return this;
        }

        /** Bad records that are skipped. Default: 100. */
        public Builder maximumBad(int maximumBad) {
            this.maximumBad = maximumBad;
            return this;
        }

        /** Whose answers are learned. Default: those of the data. */
        public Builder answers(Answers answers) {
            this.answers = answers;
            return this;
        }

        /** How chats are written. Default: as the model's own template does. */
        public Builder chatTemplate(String chatTemplate) {
            this.chatTemplate = chatTemplate;
            return this;
        }

        /** The request. */
        public DataRequest build() {
            return new DataRequest(files, format, length, packed, validation, seed, maximumBad, answers, chatTemplate);
        }
    }
}
