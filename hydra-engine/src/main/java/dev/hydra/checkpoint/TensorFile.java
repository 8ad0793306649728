package dev.hydra.checkpoint;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A file with named tensors. Where they lie is read and checked when it is opened; a tensor's bytes are read when they are asked
 * for, and never copied to the heap.
 *
 * <p>May be shared by threads.
 */
public abstract sealed class TensorFile implements AutoCloseable permits SafetensorsFile, TorchFile {
    private final String name;
    private final FileChannel channel;
    private final Map<String, TensorInfo> tensors;

    TensorFile(Opened opened) {
        this.name = opened.name();
        this.channel = opened.channel();
        this.tensors = opened.tensors();
    }

    /** The file's name without its folder. */
    public final String name() {
        return name;
    }

    /** Where each tensor lies, by name, in the order of their bytes. */
    public final Map<String, TensorInfo> tensors() {
        return tensors;
    }

    /** Where a tensor lies; {@link CheckpointException} if the file has none of that name. */
    public final TensorInfo info(String tensor) {
        TensorInfo info = tensors.get(tensor);
        if (info == null) {
            throw new CheckpointException(
                    "%s: tensor '%s' is missing; the file has %d others".formatted(name, tensor, tensors.size()));
        }
        return info;
    }

    /**
     * A tensor's bytes, mapped: read-only, direct, little-endian; they stay valid after the file is closed.
     *
     * @throws CheckpointException if the file has no such tensor, or it is larger than a buffer can be (2 GiB)
     */
    public final ByteBuffer bytes(String tensor) {
        return new Region(info(tensor)).buffer();
    }

    /**
     * A tensor, whose bytes can be read as long as the file is open.
     *
     * @throws CheckpointException if the file has no such tensor, or its number type is not a {@link StorageType}
     */
    public final StoredTensor tensor(String tensor) {
        TensorInfo info = info(tensor);
        for (StorageType type : StorageType.values()) {
            if (type.label().equals(info.type())) {
                return new StoredTensor(tensor, type, info.shape(), new Region(info));
            }
        }
        throw new CheckpointException(
                "%s: tensor '%s' is of type %s; expected F32, F16 or BF16".formatted(name, tensor, info.type()));
    }

    /** The bytes of a tensor in this file. */
    private final class Region implements TensorBytes {
        private final TensorInfo info;

        Region(TensorInfo info) {
            this.info = info;
        }

        @Override
        public long length() {
            return info.bytes();
        }

        @Override
        public void read(long from, ByteBuffer into) {
            Objects.checkFromIndexSize(from, into.remaining(), info.bytes());
            try {
                readFully(channel, info.offset() + from, into);
            } catch (IOException e) {
                throw unreadable(name, e);
            }
        }

        @Override
        public ByteBuffer buffer() {
            if (info.bytes() > Integer.MAX_VALUE) {
                throw new CheckpointException("%s: tensor '%s' has %d bytes; expected at most %d, store it as BF16"
                        .formatted(name, info.name(), info.bytes(), Integer.MAX_VALUE));
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
    }

    /** Closes the file; tensors that were handed out cannot be read any more, buffers with their bytes stay valid. */
    @Override
    public final void close() {
        closeQuietly(channel);
    }

    /**
     * Bytes of a file, little-endian, on the heap: for what describes the tensors, not for theirs.
     *
     * @throws EOFException if the file ends before
     */
    static ByteBuffer read(FileChannel channel, long from, int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        readFully(channel, from, bytes);
        return bytes.flip();
    }

    private static void readFully(FileChannel channel, long from, ByteBuffer into) throws IOException {
        long at = from;
        while (into.hasRemaining()) {
            int count = channel.read(into, at);
            if (count < 0) {
                throw new EOFException("the file ends at byte " + at);
            }
            at += count;
        }
    }

    private static CheckpointException unreadable(String name, IOException cause) {
        if (cause instanceof ClosedChannelException) {
            return new CheckpointException(
                    "%s: is closed; tensors are read as long as their file is open".formatted(name), cause);
        }
        return new CheckpointException("%s: cannot be read: %s".formatted(name, cause), cause);
    }

    private static void closeQuietly(FileChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Finds the tensors of a file, and checks what describes them. */
    @FunctionalInterface
    interface Reader {
        List<TensorInfo> read(String name, FileChannel channel) throws IOException;
    }

    /** A file that was opened and found to be in order. */
    record Opened(String name, FileChannel channel, Map<String, TensorInfo> tensors) {
        /**
         * Opens a file.
         *
         * @param kind what the file should be, for the complaint that there is none
         * @throws CheckpointException if it cannot be read, or the reader throws it
         */
        static Opened open(Path file, String kind, Reader reader) {
            String name = String.valueOf(file.getFileName());
            FileChannel channel;
            try {
                channel = FileChannel.open(file, StandardOpenOption.READ);
            } catch (NoSuchFileException e) {
                throw new CheckpointException("%s: not found; expected %s".formatted(file, kind), e);
            } catch (IOException e) {
                throw unreadable(name, e);
            }
            boolean opened = false;
            try {
                Map<String, TensorInfo> tensors = inOrder(reader.read(name, channel));
                opened = true;
                return new Opened(name, channel, tensors);
            } catch (IOException e) {
                throw unreadable(name, e);
            } finally {
                if (!opened) {
                    closeQuietly(channel);
                }
            }
        }

        private static Map<String, TensorInfo> inOrder(List<TensorInfo> infos) {
            Map<String, TensorInfo> tensors = new LinkedHashMap<>();
            infos.stream()
                    .sorted(Comparator.comparingLong(TensorInfo::offset)
                            .thenComparingLong(TensorInfo::bytes)
                            .thenComparing(TensorInfo::name))
                    .forEach(info -> tensors.put(info.name(), info));
            return Collections.unmodifiableMap(tensors);
        }
    }
}
