package dev.hydra;

import java.io.Serial;
import java.util.function.Supplier;

/** An option does not suit the model or the machine; the message says what was asked for, and what would do. */
public final class UnsuitableOptionException extends IllegalArgumentException {
    @Serial
    private static final long serialVersionUID = 1;

    /** The subject of {@link HydraOptions} that is unsuitable. */
    public enum Subject {
        /** The folders of the draft heads: two sets draft in the same mode. */
        HEADS,
        /** The embedding table that is to come with the heads. */
        OWN_EMBEDDINGS,
        /** The mode of requests that ask for none. */
        MODE,
        /** The draft tree. */
        TREE,
        /** The device. */
        DEVICE,
        /** Everything that takes memory: data type, cache rows and positions, the device. */
        MEMORY,
        /** Positions of a cache row. */
        POSITIONS
    }

    private final Subject subject;

    private UnsuitableOptionException(Subject subject, String message, Throwable cause) {
        super(message, cause);
        this.subject = subject;
    }

    /** What the complaint is about. */
    public Subject subject() {
        return subject;
    }

    /** What the work returns; if it refuses its arguments, it is a subject's fault. */
    static <T> T blame(Subject subject, Supplier<T> work) {
        try {
            return work.get();
        } catch (IllegalArgumentException unsuitable) {
            throw new UnsuitableOptionException(subject, String.valueOf(unsuitable.getMessage()), unsuitable);
        }
    }

    /** The heap, direct memory or the device's memory ended while a model was opened. */
    static UnsuitableOptionException of(OutOfMemoryError end) {
        return new UnsuitableOptionException(
                Subject.MEMORY,
                "the memory ended while the model was opened: %s; expected room for what 'hydra inspect' prints"
                        .formatted(end.getMessage()),
                end);
    }
}
