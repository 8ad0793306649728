package dev.hydra.checkpoint;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Supplier;

/**
 * A tensor that is to be written.
 *
 * @param bytes gives its numbers, little-endian and row-major, from the buffer's position to its limit
 */
record WrittenTensor(String name, StorageType type, List<Long> shape, Supplier<ByteBuffer> bytes) {
    WrittenTensor {
        shape = List.copyOf(shape);
    }

    /** Bytes of its numbers. */
    long length() {
        return shape.stream().reduce((long) type.bytes(), Math::multiplyExact);
    }

    /** The bytes; {@link IllegalArgumentException} if they are not as many as shape and type ask for. */
    ByteBuffer checkedBytes() {
        ByteBuffer given = bytes.get();
        if (given.remaining() != length()) {
            throw new IllegalArgumentException("tensor '%s' came with %d bytes; its shape %s of %s asks for %d"
                    .formatted(name, given.remaining(), Shapes.text(shape), type.label(), length()));
        }
        return given.duplicate();
    }
}
