package dev.hydra.checkpoint;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One safetensors file: eight bytes with the length of a JSON header, the header, the tensors' bytes without a hole.
 * Everything is checked against the header when the file is opened; a tensor is mapped into memory when it is asked for.
 *
 * <p>May be shared by threads.
 */
public final class SafetensorsFile implements AutoCloseable {
    private static final int LENGTH_BYTES = Long.BYTES;
    private static final long LARGEST_HEADER = 100_000_000;
    /** Bytes per number of the types that the format knows; types that are absent here are not checked for size. */
    private static final Map<String, Integer> BYTES_BY_LABEL = Map.ofEntries(
            Map.entry("BOOL", 1),
            Map.entry("U8", 1),
            Map.entry("I8", 1),
            Map.entry("F8_E4M3", 1),
            Map.entry("F8_E5M2", 1),
            Map.entry("U16", 2),
            Map.entry("I16", 2),
            Map.entry("F16", 2),
            Map.entry("BF16", 2),
            Map.entry("U32", 4),
            Map.entry("I32", 4),
            Map.entry("F32", 4),
            Map.entry("U64", 8),
            Map.entry("I64", 8),
            Map.entry("F64", 8),
            Map.entry("C64", 8));

    private final String name;
    private final FileChannel channel;
    private final Map<String, TensorInfo> tensors;

    private SafetensorsFile(String name, FileChannel channel, Map<String, TensorInfo> tensors) {
        this.name = name;
        this.channel = channel;
        this.tensors = tensors;
    }

    /**
     * Where a tensor lies.
     *
     * @param name   as in the header
     * @param type   label of its number type as in the header, for example {@code F32}
     * @param shape  sizes of its dimensions; empty for a single number
     * @param offset of its first byte, from the beginning of the file
     * @param bytes  its length in bytes
     */
    public record TensorInfo(String name, String type, List<Long> shape, long offset, long bytes) {
        /** Copies the shape. */
        public TensorInfo {
            shape = List.copyOf(shape);
        }
    }

    /**
     * Opens a file and checks its header.
     *
     * @throws CheckpointException if the file cannot be read, its header is not a safetensors header, or the tensors do
     *     not fill the rest of the file exactly
     */
    public static SafetensorsFile open(Path file) {
        String name = String.valueOf(file.getFileName());
        FileChannel channel;
        try {
            channel = FileChannel.open(file, StandardOpenOption.READ);
        } catch (NoSuchFileException e) {
            throw new CheckpointException("%s: not found; expected a safetensors file".formatted(file), e);
        } catch (IOException e) {
            throw unreadable(name, e);
        }
        boolean opened = false;
        try {
            SafetensorsFile result = new SafetensorsFile(name, channel, readHeader(name, channel));
            opened = true;
            return result;
        } catch (IOException e) {
            throw unreadable(name, e);
        } finally {
            if (!opened) {
                closeQuietly(channel);
            }
        }
    }

    /** The file's name without its folder. */
    public String name() {
        return name;
    }

    /** Where each tensor lies, by name, in the order of their bytes. */
    public Map<String, TensorInfo> tensors() {
        return tensors;
    }

    /**
     * A tensor's bytes, mapped: read-only, direct, little-endian; they stay valid after the file is closed.
     *
     * @throws CheckpointException if the file has no such tensor, or it is larger than a buffer can be (2 GiB)
     */
    public ByteBuffer bytes(String tensor) {
        TensorInfo info = info(tensor);
        if (info.bytes() > Integer.MAX_VALUE) {
            throw new CheckpointException("%s: tensor '%s' has %d bytes; expected at most %d, store it as BF16"
                    .formatted(name, tensor, info.bytes(), Integer.MAX_VALUE));
        }
        if (info.bytes() == 0) {
            return ByteBuffer.allocateDirect(0).asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
        }
        try {
            return channel.map(FileChannel.MapMode.READ_ONLY, info.offset(), info.bytes())
                    .order(ByteOrder.LITTLE_ENDIAN);
        } catch (IOException e) {
            throw unreadable(name, e);
        }
    }

    /**
     * A tensor with its bytes.
     *
     * @throws CheckpointException if the file has no such tensor, or its number type is not a {@link StorageType}
     */
    public StoredTensor tensor(String tensor) {
        TensorInfo info = info(tensor);
        for (StorageType type : StorageType.values()) {
            if (type.label().equals(info.type())) {
                return new StoredTensor(tensor, type, info.shape(), bytes(tensor));
            }
        }
        throw new CheckpointException(
                "%s: tensor '%s' is of type %s; expected F32, F16 or BF16".formatted(name, tensor, info.type()));
    }

    /** Closes the file; buffers that were handed out stay valid. */
    @Override
    public void close() {
        closeQuietly(channel);
    }

    /** Where a tensor lies; {@link CheckpointException} if the file has none of that name. */
    TensorInfo info(String tensor) {
        TensorInfo info = tensors.get(tensor);
        if (info == null) {
            throw new CheckpointException(
                    "%s: tensor '%s' is missing; the file has %d others".formatted(name, tensor, tensors.size()));
        }
        return info;
    }

    private static Map<String, TensorInfo> readHeader(String name, FileChannel channel) throws IOException {
        long size = channel.size();
        if (size < LENGTH_BYTES) {
            throw new CheckpointException("%s: the file has %d bytes; expected a safetensors file of at least %d"
                    .formatted(name, size, LENGTH_BYTES));
        }
        long length = read(channel, 0, LENGTH_BYTES).getLong();
        if (length < 0 || length > size - LENGTH_BYTES) {
            throw new CheckpointException(
                    "%s: its first 8 bytes announce a header of %s bytes; the file has %d more: truncated, or no safetensors file"
                            .formatted(name, Long.toUnsignedString(length), size - LENGTH_BYTES));
        }
        if (length > LARGEST_HEADER) {
            throw new CheckpointException("%s: its first 8 bytes announce a header of %d bytes; expected at most %d"
                    .formatted(name, length, LARGEST_HEADER));
        }
        ByteBuffer bytes = read(channel, LENGTH_BYTES, (int) length);
        JsonObject header = Json.object(name + " (header)", bytes);
        long data = LENGTH_BYTES + length;
        List<TensorInfo> infos = new ArrayList<>();
        for (Map.Entry<String, JsonElement> entry : header.entrySet()) {
            if (!entry.getKey().equals("__metadata__")) {
                infos.add(readEntry(name, entry, data, size));
            }
        }
        infos.sort(Comparator.comparingLong(TensorInfo::offset).thenComparingLong(TensorInfo::bytes));
        requireGapless(name, infos, data, size);
        Map<String, TensorInfo> tensors = new LinkedHashMap<>();
        infos.forEach(info -> tensors.put(info.name(), info));
        return Collections.unmodifiableMap(tensors);
    }

    private static TensorInfo readEntry(String name, Map.Entry<String, JsonElement> entry, long data, long size) {
        String tensor = entry.getKey();
        String type;
        List<Long> shape;
        List<Long> offsets;
        try {
            JsonObject fields = entry.getValue().getAsJsonObject();
            type = fields.getAsJsonPrimitive("dtype").getAsString();
            shape = longs(fields.getAsJsonArray("shape"));
            offsets = longs(fields.getAsJsonArray("data_offsets"));
        } catch (IllegalStateException
                | ClassCastException
                | NullPointerException
                | NumberFormatException
                | ArithmeticException
                | UnsupportedOperationException e) {
            throw new CheckpointException(
                    "%s: tensor '%s' is described as %s; expected dtype, shape and data_offsets"
                            .formatted(name, tensor, entry.getValue()),
                    e);
        }
        if (offsets.size() != 2 || offsets.get(0) < 0 || offsets.get(1) < offsets.get(0)) {
            throw new CheckpointException(
                    "%s: tensor '%s' has data_offsets %s; expected begin and end".formatted(name, tensor, offsets));
        }
        if (shape.stream().anyMatch(length -> length < 0)) {
            throw new CheckpointException("%s: tensor '%s' has the shape %s; expected no negative size"
                    .formatted(name, tensor, Shapes.text(shape)));
        }
        long bytes = offsets.get(1) - offsets.get(0);
        Integer each = BYTES_BY_LABEL.get(type);
        if (each != null && bytes != product(each, shape)) {
            throw new CheckpointException("%s: tensor '%s' has %d bytes; its shape %s of %s asks for %d"
                    .formatted(name, tensor, bytes, Shapes.text(shape), type, product(each, shape)));
        }
        if (offsets.get(1) > size - data) {
            throw new CheckpointException(
                    "%s: tensor '%s' ends at byte %d of the data; the file has only %d: truncated, copy it again"
                            .formatted(name, tensor, offsets.get(1), size - data));
        }
        return new TensorInfo(tensor, type, shape, data + offsets.get(0), bytes);
    }

    private static void requireGapless(String name, List<TensorInfo> infos, long data, long size) {
        long end = data;
        for (TensorInfo info : infos) {
            if (info.offset() != end) {
                throw new CheckpointException("%s: tensor '%s' begins at byte %d of the data; expected %d: tensors %s"
                        .formatted(
                                name,
                                info.name(),
                                info.offset() - data,
                                end - data,
                                info.offset() < end ? "overlap" : "leave a hole"));
            }
            end += info.bytes();
        }
        if (end < size) {
            throw new CheckpointException(
                    "%s: %d bytes follow the last tensor; expected none".formatted(name, size - end));
        }
    }

    private static long product(long first, List<Long> shape) {
        long product = first;
        for (long length : shape) {
            // saturate: no file is that long, so the comparison with its bytes fails as it must
            product = Math.multiplyHigh(product, length) == 0 && product * length >= 0
                    ? product * length
                    : Long.MAX_VALUE;
        }
        return product;
    }

    private static List<Long> longs(JsonArray array) {
        List<Long> longs = new ArrayList<>();
        array.forEach(element -> longs.add(element.getAsBigDecimal().longValueExact()));
        return longs;
    }

    private static ByteBuffer read(FileChannel channel, long from, int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        while (bytes.hasRemaining()) {
            if (channel.read(bytes, from + bytes.position()) < 0) {
                throw new EOFException("the file ends at byte " + (from + bytes.position()));
            }
        }
        return bytes.flip();
    }

    private static CheckpointException unreadable(String name, IOException cause) {
        return new CheckpointException("%s: cannot be read: %s".formatted(name, cause), cause);
    }

    private static void closeQuietly(FileChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
