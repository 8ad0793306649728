package dev.hydra.training;

import java.util.Locale;

/** The data type that a step's products run in; weights, gradients and AdamW's state are float32 in any case. */
public enum Precision {
    FLOAT32(6, 4),
    BFLOAT16(15, 2);

    private final int torchType;
    private final int bytes;

    Precision(int torchType, int bytes) {
        this.torchType = torchType;
        this.bytes = bytes;
    }

    /** The number by which torch calls the data type. */
    int torchType() {
        return torchType;
    }

    /** Bytes of a number. */
    int bytes() {
        return bytes;
    }

    /** Its name in lower case. */
    String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
