package dev.hydra.graph;

import java.util.Locale;

/** The type of weights and activations. */
public enum DataType {
    /** IEEE single precision. */
    FLOAT32(6, 4),
    /** The upper half of a single: half the memory to read, 8 bits of precision. */
    BFLOAT16(15, 2),
    /** IEEE half precision: 11 bits of precision, numbers up to 65504. */
    FLOAT16(5, 2);

    private final int torch;
    private final int bytes;

    DataType(int torch, int bytes) {
        this.torch = torch;
        this.bytes = bytes;
    }

    /** The number that torch gives this type ({@code c10::ScalarType}). */
    int torch() {
        return torch;
    }

    /** The name as users write it, for example {@code bfloat16}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Bytes per number. */
    public int bytes() {
        return bytes;
    }
}
