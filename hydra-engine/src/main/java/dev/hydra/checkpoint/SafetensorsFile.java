package dev.hydra.checkpoint;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * One safetensors file: eight bytes with the length of a JSON header, the header, the tensors' bytes without a hole.
 * Everything is checked against the header when the file is opened; a tensor is mapped into memory when it is asked for.
 *
 * <p>May be shared by threads.
 */
public final class SafetensorsFile extends TensorFile {
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

    private SafetensorsFile(Opened opened) {
        super(opened);
    }

    /**
     * Opens a file and checks its header.
     *
     * @throws CheckpointException if the file cannot be read, its header is not a safetensors header, or the tensors do
     *     not fill the rest of the file exactly
     */
    public static SafetensorsFile open(Path file) {
        return new SafetensorsFile(Opened.open(file, "a safetensors file", SafetensorsFile::readHeader));
    }

    private static List<TensorInfo> readHeader(String name, FileChannel channel) throws IOException {
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
        return infos;
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
}
