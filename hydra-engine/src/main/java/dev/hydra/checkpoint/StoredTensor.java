package dev.hydra.checkpoint;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * A tensor as a file stores it: row-major, little-endian, without a copy on the heap.
 *
 * @param name  as in the file
 * @param type  of its numbers
 * @param shape sizes of its dimensions; empty for a single number
 * @param bytes read-only and direct, exactly this tensor's, little-endian; stays valid after the file is closed
 */
public record StoredTensor(String name, StorageType type, List<Long> shape, ByteBuffer bytes) {
    /** Copies the shape. */
    public StoredTensor {
        shape = List.copyOf(shape);
    }

    /** The bytes in a buffer of its own, so that reading it moves nobody else's position. */
    @Override
    public ByteBuffer bytes() {
        return bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    }

    /** The numbers, copied to the heap: for small tensors. */
    public float[] floats() {
        return type.decode(bytes);
    }
}
