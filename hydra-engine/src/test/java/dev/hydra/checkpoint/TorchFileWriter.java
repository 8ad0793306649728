package dev.hydra.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes files as {@link TorchWriter} does, and such as it would never write: with another pickle, with further entries, with
 * holes for storages, so that a file may be larger than the disk.
 *
 * <p>Not for use by several threads.
 */
final class TorchFileWriter {
    private final Map<String, Integer> tensors = new LinkedHashMap<>();
    private final List<Storage> storages = new ArrayList<>();
    private final Map<String, byte[]> others = new LinkedHashMap<>();
    private String root = "archive";
    private boolean zip64;
    private byte @Nullable [] pickle;

    private record Storage(
            StorageType type, List<Long> shape, @Nullable ByteBuffer bytes) {
        long length() {
            return shape.stream().reduce((long) type.bytes(), Math::multiplyExact);
        }
    }

    /** Adds a tensor of its own storage. The bytes are little-endian and row-major. */
    TorchFileWriter add(String name, StorageType type, List<Long> shape, ByteBuffer bytes) {
        tensors.put(name, storages.size());
        storages.add(new Storage(type, shape, bytes.duplicate()));
        return this;
    }

    /** Adds a tensor of zeros that take no place on disk. */
    TorchFileWriter addHole(String name, StorageType type, List<Long> shape) {
        tensors.put(name, storages.size());
        storages.add(new Storage(type, shape, null));
        return this;
    }

    /** Adds a second name for a tensor that was added before. */
    TorchFileWriter addAlias(String name, String of) {
        tensors.put(name, tensors.get(of));
        return this;
    }

    /** Adds an entry beside the pickle and the storages; its name goes on after the root. */
    TorchFileWriter addEntry(String name, byte[] bytes) {
        others.put(name, bytes);
        return this;
    }

    /** The folder that all entries are in, {@code archive} by default. */
    TorchFileWriter root(String folder) {
        this.root = folder;
        return this;
    }

    /** Writes another pickle instead of that of the tensors. */
    TorchFileWriter pickle(byte[] bytes) {
        this.pickle = bytes.clone();
        return this;
    }

    /** Writes 64-bit records even where 32 bits would do. */
    TorchFileWriter zip64() {
        this.zip64 = true;
        return this;
    }

    /** Bytes of all storages, aliases counted once. */
    long storedBytes() {
        return storages.stream().mapToLong(Storage::length).sum();
    }

    /** Writes the file, replacing one of the same name. */
    Path write(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(
                file,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.WRITE,
                StandardOpenOption.SPARSE)) {
            ZipWriter zip = new ZipWriter(channel, zip64);
            zip.add(root + "/data.pkl", ByteBuffer.wrap(pickle == null ? pickle() : pickle));
            for (Map.Entry<String, byte[]> other : others.entrySet()) {
                zip.add(root + "/" + other.getKey(), ByteBuffer.wrap(other.getValue()));
            }
            for (int key = 0; key < storages.size(); key++) {
                Storage storage = storages.get(key);
                String name = root + "/data/" + key;
                if (storage.bytes() == null) {
                    zip.addHole(name, storage.length());
                } else {
                    zip.add(name, storage.bytes());
                }
            }
            zip.add(root + "/version", ByteBuffer.wrap(new byte[] {'3', '\n'}));
            zip.finish();
        }
        return file;
    }

    /** The pickle of the tensors. */
    byte[] pickle() {
        PickleWriter out = new PickleWriter().code(0x80).code(2).orderedDict().code('(');
        tensors.forEach((name, key) -> out.text(name)
                .tensor(storages.get(key).type(), storages.get(key).shape(), String.valueOf(key)));
        return out.code('u').metadata().code('.').bytes();
    }
}
