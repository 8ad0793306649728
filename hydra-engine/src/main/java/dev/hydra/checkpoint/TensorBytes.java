package dev.hydra.checkpoint;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;

/** Where the bytes of a tensor come from. */
interface TensorBytes {
    /** How many there are. */
    long length();

    /**
     * Fills a buffer, from its position to its limit.
     *
     * @param from the first byte that is wanted, counted from the tensor's own first
     * @throws IndexOutOfBoundsException if the tensor ends before
     */
    void read(long from, ByteBuffer into);

    /** All of them, read-only and little-endian. */
    ByteBuffer buffer();

    /**
     * A part of them.
     *
     * @param start the first byte of it, counted from the first of these
     * @param size  how many
     */
    default TensorBytes part(long start, long size) {
        Objects.checkFromIndexSize(start, size, length());
        TensorBytes whole = this;
        return new TensorBytes() {
            @Override
            public long length() {
                return size;
            }

            @Override
            public void read(long from, ByteBuffer into) {
                Objects.checkFromIndexSize(from, into.remaining(), size);
                whole.read(start + from, into);
            }

            @Override
            public ByteBuffer buffer() {
                return whole.buffer().slice((int) start, (int) size).order(ByteOrder.LITTLE_ENDIAN);
            }
        };
    }

    /** Those of a buffer, from its position to its limit. */
    static TensorBytes of(ByteBuffer bytes) {
        ByteBuffer own = bytes.slice().asReadOnlyBuffer();
        return new TensorBytes() {
            @Override
            public long length() {
                return own.remaining();
            }

            @Override
            public void read(long from, ByteBuffer into) {
                Objects.checkFromIndexSize(from, into.remaining(), length());
                into.put(own.slice((int) from, into.remaining()));
            }

            @Override
            public ByteBuffer buffer() {
                return own.duplicate().order(ByteOrder.LITTLE_ENDIAN);
            }
        };
    }
}
