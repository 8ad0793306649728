package dev.hydra.training.data;

import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;

/**
 * Records by key, a line of JSON each, in a file that only grows. A line goes to the operating system in one piece, so a process
 * that dies leaves all complete lines and perhaps a part of one, which is cut off when the file is opened again. One process at a
 * time has it. For one thread.
 */
final class AnswerFile implements AutoCloseable {
    private final Path file;
    private final FileChannel channel;
    private final Map<String, Long> places = new HashMap<>();

    private AnswerFile(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /**
     * Opens a file; it is made where it is missing.
     *
     * @throws DataException if another process has it, or a line is no record
     */
    static AnswerFile open(Path file) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        if (folder != null) {
            Files.createDirectories(folder);
        }
        FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            lock(file, channel);
            AnswerFile answers = new AnswerFile(file, channel);
            answers.index();
            return answers;
        } catch (IOException | RuntimeException | Error e) {
            channel.close();
            throw e;
        }
    }

    private static void lock(Path file, FileChannel channel) throws IOException {
        try {
            if (channel.tryLock() != null) {
                return;
            }
        } catch (OverlappingFileLockException e) {
            throw new DataException(file + " is in use; wait for the other reading to end, or name another file", e);
        }
        throw new DataException(file + " is in use by another process; wait for it to end, or name another file");
    }

    private void index() throws IOException {
        long complete = channel.size();
        channel.position(0);
        // closing it would close the channel
        Lines lines = new Lines(Channels.newInputStream(channel));
        for (long number = 1; lines.advance(); number++) {
            if (lines.terminated()) {
                places.put(key(lines, number), lines.start());
            } else {
                complete = lines.start();
            }
        }
        channel.truncate(complete);
    }

    private String key(Lines lines, long number) {
        try {
            if (SampleReader.parse(lines.text()) instanceof JsonObject line
                    && line.get("key") instanceof JsonPrimitive key) {
                return key.getAsString();
            }
            throw new BadRecordException("there is no 'key'");
        } catch (BadRecordException e) {
            throw new DataException(
                    "%s: %s; expected an answer that was kept earlier: remove the line, or name another file for answers"
                            .formatted(Origin.line(file, number), e.getMessage()),
                    e);
        }
    }

    boolean has(String key) {
        return places.containsKey(key);
    }

    /** Number of records. */
    int size() {
        return places.size();
    }

    /** Adds a record, which is safe from the end of this process when this returns. */
    void add(String key, JsonObject content) throws IOException {
        JsonObject line = new JsonObject();
        line.addProperty("key", key);
        content.entrySet().forEach(entry -> line.add(entry.getKey(), entry.getValue()));
        long place = channel.size();
        channel.position(place);
        ByteBuffer bytes = StandardCharsets.UTF_8.encode(line + "\n");
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
        places.put(key, place);
    }

    /**
     * A record, with its key.
     *
     * @throws IllegalArgumentException if there is none
     */
    JsonObject get(String key) throws IOException {
        Long place = places.get(key);
        if (place == null) {
            throw new IllegalArgumentException("%s has no record %s".formatted(file, key));
        }
        channel.position(place);
        Lines lines = new Lines(Channels.newInputStream(channel));
        if (lines.advance() && SampleReader.parse(lines.text()) instanceof JsonObject line) {
            return line;
        }
        throw new IOException(
                "%s was changed while it was in use: there is no record at byte %d".formatted(file, place));
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
