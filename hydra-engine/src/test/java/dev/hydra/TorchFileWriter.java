package dev.hydra;

import dev.hydra.checkpoint.StorageType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * Writes what {@code torch.save(model.state_dict(), file)} writes, for tests: a zip file of stored entries, with the pickle
 * of an ordered dict and a storage for each tensor that is not another one's alias. Storages can be holes, so that a file
 * may be larger than the disk.
 *
 * <p>Not for use by several threads.
 */
public final class TorchFileWriter {
    private static final int ALIGNMENT = 64;
    private static final int LOCAL_HEADER_BYTES = 30;
    private static final short VERSION_64 = 45;
    private static final int ALL_ONES = -1;

    private final Map<String, Tensor> tensors = new LinkedHashMap<>();
    private final List<Storage> storages = new ArrayList<>();
    private final Map<String, byte[]> others = new LinkedHashMap<>();
    private String root = "archive";
    private boolean zip64;
    private byte @Nullable [] pickle;

    private record Storage(
            StorageType type, long numbers, @Nullable ByteBuffer bytes) {
        long length() {
            return numbers * type.bytes();
        }
    }

    private record Tensor(int storage, List<Long> shape) {}

    private record Entry(String name, long header, long length, int checksum) {}

    /** Adds a tensor of its own storage. The bytes are little-endian and row-major. */
    public TorchFileWriter add(String name, StorageType type, List<Long> shape, ByteBuffer bytes) {
        tensors.put(name, new Tensor(storages.size(), shape));
        storages.add(new Storage(type, numbers(shape), bytes.duplicate()));
        return this;
    }

    /** Adds a tensor of zeros that take no place on disk. */
    public TorchFileWriter addHole(String name, StorageType type, List<Long> shape) {
        tensors.put(name, new Tensor(storages.size(), shape));
        storages.add(new Storage(type, numbers(shape), null));
        return this;
    }

    /** Adds a second name for a tensor that was added before. */
    public TorchFileWriter addAlias(String name, String of) {
        tensors.put(name, tensors.get(of));
        return this;
    }

    /** Adds an entry beside the pickle and the storages; its name goes on after the root. */
    public TorchFileWriter addEntry(String name, byte[] bytes) {
        others.put(name, bytes);
        return this;
    }

    /** The folder that all entries are in, {@code archive} by default. */
    public TorchFileWriter root(String folder) {
        this.root = folder;
        return this;
    }

    /** Writes another pickle instead of that of the tensors. */
    public TorchFileWriter pickle(byte[] bytes) {
        this.pickle = bytes.clone();
        return this;
    }

    /** Writes 64-bit records even where 32 bits would do. */
    public TorchFileWriter zip64() {
        this.zip64 = true;
        return this;
    }

    /** Bytes of all storages, aliases counted once. */
    public long storedBytes() {
        return storages.stream().mapToLong(Storage::length).sum();
    }

    /** Writes the file, replacing one of the same name. */
    public Path write(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(
                file,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.WRITE,
                StandardOpenOption.SPARSE)) {
            List<Entry> entries = new ArrayList<>();
            entries.add(write(channel, "data.pkl", ByteBuffer.wrap(pickle == null ? pickle() : pickle)));
            for (Map.Entry<String, byte[]> other : others.entrySet()) {
                entries.add(write(channel, other.getKey(), ByteBuffer.wrap(other.getValue())));
            }
            for (int key = 0; key < storages.size(); key++) {
                Storage storage = storages.get(key);
                String name = "data/" + key;
                entries.add(
                        storage.bytes() == null
                                ? writeHole(channel, name, storage.length())
                                : write(channel, name, storage.bytes().duplicate()));
            }
            entries.add(write(channel, "version", ByteBuffer.wrap(new byte[] {'3', '\n'})));
            writeDirectory(channel, entries);
        }
        return file;
    }

    /** The pickle of the tensors. */
    public byte[] pickle() {
        Pickle out = new Pickle();
        out.code(0x80).code(2);
        out.global("collections", "OrderedDict").code(')').code('R').code('(');
        tensors.forEach((name, tensor) -> out.text(name).tensor(tensor, storages.get(tensor.storage())));
        out.code('u');
        // the attribute _metadata, as every module's state dict has it
        out.code('}')
                .text("_metadata")
                .global("collections", "OrderedDict")
                .code(')')
                .code('R');
        out.text("")
                .code('}')
                .text("version")
                .number(1)
                .code('s')
                .code('s')
                .code('s')
                .code('b');
        return out.code('.').bytes.toByteArray();
    }

    private Entry write(FileChannel channel, String name, ByteBuffer bytes) throws IOException {
        CRC32 checksum = new CRC32();
        checksum.update(bytes.duplicate());
        Entry entry = writeLocalHeader(channel, name, bytes.remaining(), (int) checksum.getValue());
        writeFully(channel, bytes);
        return entry;
    }

    // readers of tensors look at no checksum: that of gigabytes of zeros would take seconds
    private Entry writeHole(FileChannel channel, String name, long length) throws IOException {
        Entry entry = writeLocalHeader(channel, name, length, 0);
        channel.position(channel.position() + length);
        return entry;
    }

    private Entry writeLocalHeader(FileChannel channel, String name, long length, int checksum) throws IOException {
        byte[] path = path(name);
        long header = channel.position();
        int unpadded = LOCAL_HEADER_BYTES + path.length + 4;
        int padding = (int) (-(header + unpadded) & (ALIGNMENT - 1));
        ByteBuffer record = record(unpadded + padding);
        record.putInt(0x04034b50)
                .putShort(VERSION_64)
                .putShort((short) 0)
                .putShort((short) 0)
                .putInt(0)
                .putInt(checksum)
                .putInt(narrow(length))
                .putInt(narrow(length))
                .putShort((short) path.length)
                .putShort((short) (4 + padding))
                .put(path)
                .put(new byte[] {'F', 'B'})
                .putShort((short) padding);
        writeFully(channel, record.position(record.capacity()).flip());
        return new Entry(name, header, length, checksum);
    }

    private void writeDirectory(FileChannel channel, List<Entry> entries) throws IOException {
        long begin = channel.position();
        for (Entry entry : entries) {
            writeFully(channel, header(entry));
        }
        long end = channel.position();
        if (narrow(begin) == ALL_ONES) {
            ByteBuffer end64 = record(56 + 20);
            end64.putInt(0x06064b50)
                    .putLong(44)
                    .putShort(VERSION_64)
                    .putShort(VERSION_64)
                    .putInt(0)
                    .putInt(0)
                    .putLong(entries.size())
                    .putLong(entries.size())
                    .putLong(end - begin)
                    .putLong(begin);
            end64.putInt(0x07064b50).putInt(0).putLong(end).putInt(1);
            writeFully(channel, end64.flip());
        }
        ByteBuffer record = record(22);
        record.putInt(0x06054b50)
                .putInt(0)
                .putShort((short) entries.size())
                .putShort((short) entries.size())
                .putInt((int) (end - begin))
                .putInt(narrow(begin))
                .putShort((short) 0);
        writeFully(channel, record.flip());
    }

    private ByteBuffer header(Entry entry) {
        byte[] path = path(entry.name());
        boolean wide = narrow(entry.length()) == ALL_ONES;
        boolean far = narrow(entry.header()) == ALL_ONES;
        int numbers = (wide ? 16 : 0) + (far ? 8 : 0);
        int extra = numbers == 0 ? 0 : 4 + numbers;
        ByteBuffer record = record(46 + path.length + extra);
        record.putInt(0x02014b50)
                .putShort(VERSION_64)
                .putShort(VERSION_64)
                .putShort((short) 0)
                .putShort((short) 0)
                .putInt(0)
                .putInt(entry.checksum())
                .putInt(narrow(entry.length()))
                .putInt(narrow(entry.length()))
                .putShort((short) path.length)
                .putShort((short) extra)
                .putShort((short) 0)
                .putShort((short) 0)
                .putShort((short) 0)
                .putInt(0)
                .putInt(narrow(entry.header()))
                .put(path);
        if (extra > 0) {
            record.putShort((short) 1).putShort((short) numbers);
        }
        if (wide) {
            record.putLong(entry.length()).putLong(entry.length());
        }
        if (far) {
            record.putLong(entry.header());
        }
        return record.flip();
    }

    private byte[] path(String name) {
        return (root + "/" + name).getBytes(StandardCharsets.UTF_8);
    }

    private int narrow(long number) {
        return zip64 || number >= 0xffff_ffffL ? ALL_ONES : (int) number;
    }

    private static long numbers(List<Long> shape) {
        return shape.stream().reduce(1L, Math::multiplyExact);
    }

    private static ByteBuffer record(int length) {
        return ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /** Instructions of a pickle, one after the other. */
    public static final class Pickle {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        /** An instruction, or a byte of one. */
        public Pickle code(int code) {
            bytes.write(code);
            return this;
        }

        /** Pushes what a name stands for. */
        public Pickle global(String module, String name) {
            return code('c').raw(module + "\n" + name + "\n");
        }

        /** Pushes a text. */
        public Pickle text(String text) {
            byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
            code('X');
            bytes.writeBytes(record(4).putInt(utf8.length).array());
            bytes.writeBytes(utf8);
            return this;
        }

        /** Pushes a whole number. */
        public Pickle number(long number) {
            if (number == (int) number) {
                code('J');
                bytes.writeBytes(record(4).putInt((int) number).array());
            } else {
                code(0x8a).code(8);
                bytes.writeBytes(record(8).putLong(number).array());
            }
            return this;
        }

        /** Bytes of latin letters as they are. */
        public Pickle raw(String letters) {
            bytes.writeBytes(letters.getBytes(StandardCharsets.ISO_8859_1));
            return this;
        }

        /** Pushes a storage. */
        public Pickle storage(String type, String key, long numbers) {
            code('(')
                    .text("storage")
                    .global("torch", type + "Storage")
                    .text(key)
                    .text("cuda:0");
            return number(numbers).code('t').code('Q');
        }

        /** Pushes a tuple. */
        public Pickle tuple(List<Long> numbers) {
            code('(');
            numbers.forEach(this::number);
            return code('t');
        }

        /** The pickle so far. */
        public byte[] bytes() {
            return bytes.toByteArray();
        }

        private Pickle tensor(Tensor tensor, Storage storage) {
            List<Long> strides = new ArrayList<>();
            long stride = 1;
            for (int dimension = tensor.shape().size() - 1; dimension >= 0; dimension--) {
                strides.add(0, stride);
                stride *= tensor.shape().get(dimension);
            }
            global("torch._utils", "_rebuild_tensor_v2").code('(');
            storage(type(storage.type()), String.valueOf(tensor.storage()), storage.numbers());
            number(0).tuple(tensor.shape()).tuple(strides).code(0x89);
            return global("collections", "OrderedDict")
                    .code(')')
                    .code('R')
                    .code('t')
                    .code('R');
        }

        private static String type(StorageType type) {
            return switch (type) {
                case FLOAT32 -> "Float";
                case FLOAT16 -> "Half";
                case BFLOAT16 -> "BFloat16";
            };
        }
    }
}
