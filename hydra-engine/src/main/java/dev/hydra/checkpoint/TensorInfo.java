package dev.hydra.checkpoint;

import java.util.List;

/**
 * Where a tensor lies in its file.
 *
 * @param name   as in the file
 * @param type   label of its number type as safetensors writes it, for example {@code F32}
 * @param shape  sizes of its dimensions; empty for a single number
 * @param offset of its first byte, from the beginning of the file
 * @param bytes  its length in bytes
 */
public record TensorInfo(String name, String type, List<Long> shape, long offset, long bytes) {
    /** Copies the shape. */
    public TensorInfo {
        shape = List.copyOf(shape);
    }

    /** Whether another tensor of the same file consists of the very same bytes, read as the same type. */
    public boolean isAliasOf(TensorInfo other) {
        return offset == other.offset && bytes == other.bytes && type.equals(other.type);
    }
}
