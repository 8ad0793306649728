package dev.hydra.checkpoint;

import com.google.gson.stream.JsonReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * One safetensors file: eight bytes with the length of a JSON header, the header, the tensors' bytes without a hole.
 * Everything is checked against the header when the file is opened; a tensor is read when its bytes are asked for.
 *
 * <p>May be shared by threads.
 */
public final class SafetensorsFile extends TensorFile {
    private static final int LENGTH_BYTES = Long.BYTES;
    private static final long LARGEST_HEADER = 100_000_000;
    private static final Set<String> FIELDS = Set.of("dtype", "shape", "data_offsets");
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
        List<TensorInfo> infos = readEntries(name, read(channel, LENGTH_BYTES, (int) length), size);
        requireGapless(name, infos, LENGTH_BYTES + length, size);
        return infos;
    }

    // one token after the other: a tree of a hostile header would be dozens of times as large as the header
    private static List<TensorInfo> readEntries(String name, ByteBuffer header, long size) {
        long data = (long) LENGTH_BYTES + header.remaining();
        JsonReader json = Json.reader(header);
        List<TensorInfo> infos = new ArrayList<>();
        Set<String> names = new HashSet<>();
        try {
            Json.requireObject(name + " (header)", json);
            json.beginObject();
            while (json.hasNext()) {
                String tensor = json.nextName();
                if (tensor.equals("__metadata__")) {
                    json.skipValue();
                } else if (names.add(tensor)) {
                    infos.add(readEntry(name, tensor, json).info(name, data, size));
                } else {
                    throw new CheckpointException(
                            "%s: tensor '%s' is listed twice; expected every name once".formatted(name, tensor));
                }
            }
            json.endObject();
            Json.requireEnd(json);
        } catch (IOException e) {
            throw new CheckpointException("%s (header): is not JSON; expected a JSON object".formatted(name), e);
        }
        return infos;
    }

    private static Entry readEntry(String name, String tensor, JsonReader json) throws IOException {
        String type = "";
        List<Long> shape = List.of();
        List<Long> offsets = List.of();
        Set<String> missing = new TreeSet<>(FIELDS);
        try {
            json.beginObject();
            while (json.hasNext()) {
                String field = json.nextName();
                missing.remove(field);
                switch (field) {
                    case "dtype" -> type = json.nextString();
                    case "shape" -> shape = longs(json);
                    case "data_offsets" -> offsets = longs(json);
                    default -> json.skipValue();
                }
            }
            json.endObject();
        } catch (IllegalStateException | NumberFormatException e) {
            throw new CheckpointException(
                    "%s: tensor '%s' is described otherwise at %s; expected dtype, shape and data_offsets"
                            .formatted(name, tensor, json.getPath()),
                    e);
        }
        if (!missing.isEmpty()) {
            throw new CheckpointException(
                    "%s: tensor '%s' is described without %s; expected dtype, shape and data_offsets"
                            .formatted(name, tensor, String.join(" and ", missing)));
        }
        return new Entry(tensor, type, shape, offsets);
    }

    /** What the header says of a tensor. */
    private record Entry(String tensor, String type, List<Long> shape, List<Long> offsets) {
        TensorInfo info(String name, long data, long size) {
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
            if (each != null && bytes != Shapes.product(each, shape)) {
                throw new CheckpointException("%s: tensor '%s' has %d bytes; its shape %s of %s asks for %d"
                        .formatted(name, tensor, bytes, Shapes.text(shape), type, Shapes.product(each, shape)));
            }
            if (offsets.get(1) > size - data) {
                throw new CheckpointException(
                        "%s: tensor '%s' ends at byte %d of the data; the file has only %d: truncated, copy it again"
                                .formatted(name, tensor, offsets.get(1), size - data));
            }
            return new TensorInfo(tensor, type, shape, data + offsets.get(0), bytes);
        }
    }

    private static void requireGapless(String name, List<TensorInfo> infos, long data, long size) {
        infos.sort(Comparator.comparingLong(TensorInfo::offset).thenComparingLong(TensorInfo::bytes));
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

    private static List<Long> longs(JsonReader json) throws IOException {
        List<Long> longs = new ArrayList<>();
        json.beginArray();
        while (json.hasNext()) {
            longs.add(json.nextLong());
        }
        json.endArray();
        return longs;
    }
}
