package dev.hydra.checkpoint;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A tensor as a file stores it: row-major, little-endian. Its bytes are read when they are asked for, as long as the file is open.
 *
 * <p>May be shared by threads.
 */
public final class StoredTensor {
    private final String name;
    private final StorageType type;
    private final List<Long> shape;
    private final TensorBytes bytes;

    StoredTensor(String name, StorageType type, List<Long> shape, TensorBytes bytes) {
        this.name = name;
        this.type = type;
        this.shape = List.copyOf(shape);
        this.bytes = bytes;
    }

    /**
     * A tensor in memory.
     *
     * @param name  as a file would have it
     * @param type  of its numbers
     * @param shape sizes of its dimensions; empty for a single number
     * @param bytes exactly this tensor's, from the buffer's position to its limit, little-endian
     */
    public StoredTensor(String name, StorageType type, List<Long> shape, ByteBuffer bytes) {
        this(name, type, shape, TensorBytes.of(bytes));
    }

    /** The name, as in the file. */
    public String name() {
        return name;
    }

    /** The type of its numbers. */
    public StorageType type() {
        return type;
    }

    /** Sizes of its dimensions; empty for a single number. */
    public List<Long> shape() {
        return shape;
    }

    /**
     * Some of its rows, next to one another, as a tensor of their own; no byte of the others is ever read.
     *
     * @param from  the first row
     * @param count how many, as its first dimension counts them
     * @throws IndexOutOfBoundsException if there are fewer
     */
    public StoredTensor rows(long from, long count) {
        long all = shape.get(0);
        Objects.checkFromIndexSize(from, count, all);
        long row = all == 0 ? 0 : length() / all;
        List<Long> sizes = new ArrayList<>(shape);
        sizes.set(0, count);
        return new StoredTensor(name, type, sizes, bytes.part(from * row, count * row));
    }

    /** How many bytes there are. */
    public long length() {
        return bytes.length();
    }

    /**
     * Reads a part of the bytes into a buffer, from its position to its limit: for tensors of any size.
     *
     * @param from the first byte that is wanted, counted from the tensor's own first
     * @throws CheckpointException if the file cannot be read, or is closed
     * @throws IndexOutOfBoundsException if the tensor ends before
     */
    public void read(long from, ByteBuffer into) {
        bytes.read(from, into);
    }

    /**
     * All bytes, read-only and little-endian; those of a file are mapped, and stay valid after it is closed.
     *
     * @throws CheckpointException if the file cannot be read, or is closed, or there are more than a buffer can hold (2 GiB)
     */
    public ByteBuffer bytes() {
        return bytes.buffer();
    }

    /** The numbers, copied to the heap: for small tensors. */
    public float[] floats() {
        return type.decode(bytes());
    }

    /** Whether it is a tensor of the same name, type, shape and bytes. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof StoredTensor tensor
                && name.equals(tensor.name)
                && type == tensor.type
                && shape.equals(tensor.shape)
                && bytes().equals(tensor.bytes());
    }

    @Override
    public int hashCode() {
        return Objects.hash(name, type, shape);
    }

    @Override
    public String toString() {
        return "%s %s %s".formatted(name, type.label(), Shapes.text(shape));
    }
}
