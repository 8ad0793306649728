package dev.hydra.training;

/** The data type that a step's products run in; weights, gradients and AdamW's state are float32 in any case. */
public enum Precision {
    FLOAT32(6),
    BFLOAT16(15);

    private final int torchType;

    Precision(int torchType) {
        this.torchType = torchType;
    }

    /** The number by which torch calls the data type. */
    int torchType() {
        return torchType;
    }
}
