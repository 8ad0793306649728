package dev.hydra.checkpoint;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** How a file stores the numbers of a tensor: little-endian, one after the other. */
public enum StorageType {
    /** IEEE 754 single precision. */
    FLOAT32("F32", 4) {
        @Override
        float read(ByteBuffer from, int at) {
            return from.getFloat(at);
        }

        @Override
        void write(ByteBuffer to, int at, float value) {
            to.putFloat(at, value);
        }
    },
    /** IEEE 754 half precision: 5 bits of exponent, 10 of fraction. */
    FLOAT16("F16", 2) {
        @Override
        float read(ByteBuffer from, int at) {
            return Rounding.fromHalf(from.getShort(at));
        }

        @Override
        void write(ByteBuffer to, int at, float value) {
            to.putShort(at, Rounding.toHalf(value));
        }
    },
    /** The upper half of a single: 8 bits of exponent, 7 of fraction. */
    BFLOAT16("BF16", 2) {
        @Override
        float read(ByteBuffer from, int at) {
            return Rounding.fromBrain(from.getShort(at));
        }

        @Override
        void write(ByteBuffer to, int at, float value) {
            to.putShort(at, Rounding.toBrain(value));
        }
    };

    private final String label;
    private final int bytes;

    StorageType(String label, int bytes) {
        this.label = label;
        this.bytes = bytes;
    }

    /** The name in a safetensors header, for example {@code BF16}. */
    public String label() {
        return label;
    }

    /** Bytes per number. */
    public int bytes() {
        return bytes;
    }

    /**
     * Rounds numbers to this type, to the nearest and halves to even, as PyTorch does.
     *
     * @return a buffer of {@code values.length * bytes()} bytes, on the heap
     */
    public ByteBuffer encode(float[] values) {
        ByteBuffer encoded =
                ByteBuffer.allocate(Math.multiplyExact(values.length, bytes)).order(ByteOrder.LITTLE_ENDIAN);
        for (int at = 0; at < values.length; at++) {
            write(encoded, at * bytes, values[at]);
        }
        return encoded;
    }

    /** The numbers of a buffer, from its position to its limit; leaves the buffer as it is. */
    public float[] decode(ByteBuffer encoded) {
        ByteBuffer from = encoded.slice().order(ByteOrder.LITTLE_ENDIAN);
        float[] values = new float[from.remaining() / bytes];
        for (int at = 0; at < values.length; at++) {
            values[at] = read(from, at * bytes);
        }
        return values;
    }

    abstract float read(ByteBuffer from, int at);

    abstract void write(ByteBuffer to, int at, float value);
}
