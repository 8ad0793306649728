package dev.hydra.checkpoint;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Supplier;

/**
 * Writes a safetensors file tensor by tensor: the bytes of one are asked for when its turn comes, so that never more
 * than one need be in memory. The file appears whole or not at all.
 *
 * <p>Not for use by several threads.
 */
public final class SafetensorsWriter {
    private static final int ALIGNMENT = 8;

    private final List<WrittenTensor> entries = new ArrayList<>();

    /**
     * Adds a tensor.
     *
     * @param name  not used yet
     * @param type  of the numbers in the buffer
     * @param shape sizes of its dimensions; empty for a single number
     * @param bytes gives the numbers, little-endian and row-major, from the buffer's position to its limit; called once,
     *     during {@link #write}
     * @throws IllegalArgumentException if the name is taken
     */
    public SafetensorsWriter add(String name, StorageType type, List<Long> shape, Supplier<ByteBuffer> bytes) {
        if (entries.stream().anyMatch(entry -> entry.name().equals(name))) {
            throw new IllegalArgumentException("tensor '%s' is added twice; expected every name once".formatted(name));
        }
        entries.add(new WrittenTensor(name, type, shape, bytes));
        return this;
    }

    /**
     * Writes the file, replacing one of the same name.
     *
     * @throws IOException if that fails; nothing is left behind then
     * @throws IllegalArgumentException if a tensor's bytes are not as many as its shape and type ask for
     */
    public void write(Path file) throws IOException {
        // the widest types first keep every tensor aligned to its numbers
        List<WrittenTensor> ordered = new ArrayList<>(entries);
        ordered.sort(
                Comparator.comparingInt((WrittenTensor entry) -> entry.type().bytes())
                        .reversed());
        WholeFile.write(file, channel -> {
            writeFully(channel, header(ordered));
            for (WrittenTensor entry : ordered) {
                writeFully(channel, entry.checkedBytes());
            }
        });
    }

    private static ByteBuffer header(List<WrittenTensor> entries) {
        JsonObject header = new JsonObject();
        JsonObject metadata = new JsonObject();
        metadata.addProperty("format", "pt");
        header.add("__metadata__", metadata);
        long begin = 0;
        for (WrittenTensor entry : entries) {
            JsonObject fields = new JsonObject();
            fields.addProperty("dtype", entry.type().label());
            JsonArray shape = new JsonArray();
            entry.shape().forEach(shape::add);
            fields.add("shape", shape);
            JsonArray offsets = new JsonArray();
            offsets.add(begin);
            begin = Math.addExact(begin, entry.length());
            offsets.add(begin);
            fields.add("data_offsets", offsets);
            header.add(entry.name(), fields);
        }
        byte[] json = header.toString().getBytes(StandardCharsets.UTF_8);
        int length = (json.length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES + length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(length).put(json);
        while (bytes.hasRemaining()) {
            bytes.put((byte) ' ');
        }
        return bytes.flip();
    }

    private static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }
}
