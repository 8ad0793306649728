package dev.hydra.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;

/*
 * The counterpart of ZipDirectory: local header, bytes, local header, bytes, …, directory, end records. Written by hand,
 * because torch.save begins every entry's bytes at a multiple of 64, with a padding field "FB" in the local header, and the
 * JDK's ZipOutputStream cannot say where an entry begins. Sizes and places that do not fit into 32 bits are all ones there,
 * and stand in the extra field 1.
 */
/** Writes a zip file of stored entries, in the order in which they are given, each aligned to 64 bytes. Not for several threads. */
final class ZipWriter {
    private static final int ALIGNMENT = 64;
    private static final int LOCAL_HEADER_BYTES = 30;
    private static final int HEADER_BYTES = 46;
    private static final int EXTRA_64_BYTES = 20;
    private static final int PADDING_BYTES = 4;
    private static final short VERSION_64 = 45;
    private static final int ALL_ONES = -1;
    private static final long IN_EXTRA_64 = 0xffff_ffffL;
    private static final int MOST_ENTRIES = 0xffff;

    private final FileChannel channel;
    private final boolean always64;
    private final List<Entry> entries = new ArrayList<>();

    private record Entry(String name, long header, long length, int checksum) {
        byte[] path() {
            return name.getBytes(StandardCharsets.UTF_8);
        }
    }

    /**
     * A file to be written.
     *
     * @param always64 whether to write 64-bit records even where 32 bits would do
     */
    ZipWriter(FileChannel channel, boolean always64) {
        this.channel = channel;
        this.always64 = always64;
    }

    /** Writes an entry. */
    void add(String path, ByteBuffer bytes) throws IOException {
        CRC32 checksum = new CRC32();
        checksum.update(bytes.duplicate());
        add(path, bytes.remaining(), (int) checksum.getValue());
        writeFully(channel, bytes.duplicate());
    }

    /** Writes an entry of zeros that take no place on disk, without a checksum: that of gigabytes would take seconds. */
    void addHole(String path, long length) throws IOException {
        add(path, length, 0);
        channel.position(channel.position() + length);
    }

    private void add(String name, long length, int checksum) throws IOException {
        byte[] path = name.getBytes(StandardCharsets.UTF_8);
        long header = channel.position();
        boolean wide = narrow(length) == ALL_ONES;
        int unpadded = LOCAL_HEADER_BYTES + path.length + (wide ? EXTRA_64_BYTES : 0) + PADDING_BYTES;
        int padding = (int) (-(header + unpadded) & (ALIGNMENT - 1));
        ByteBuffer local = record(unpadded + padding)
                .putInt(0x04034b50)
                .putShort(VERSION_64)
                .putShort((short) 0)
                .putShort((short) 0)
                .putInt(0)
                .putInt(checksum)
                .putInt(narrow(length))
                .putInt(narrow(length))
                .putShort((short) path.length)
                .putShort((short) (unpadded + padding - LOCAL_HEADER_BYTES - path.length))
                .put(path);
        if (wide) {
            local.putShort((short) 1).putShort((short) 16).putLong(length).putLong(length);
        }
        local.put(new byte[] {'F', 'B'}).putShort((short) padding);
        writeFully(channel, local.position(local.capacity()).flip());
        entries.add(new Entry(name, header, length, checksum));
    }

    /** Writes the directory; nothing can be added any more. */
    void finish() throws IOException {
        long begin = channel.position();
        for (Entry entry : entries) {
            writeFully(channel, header(entry));
        }
        long end = channel.position();
        boolean wide = always64 || begin >= IN_EXTRA_64 || entries.size() >= MOST_ENTRIES;
        if (wide) {
            ByteBuffer end64 = record(56 + 20)
                    .putInt(0x06064b50)
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
        short count = (short) Math.min(entries.size(), MOST_ENTRIES);
        ByteBuffer last = record(22)
                .putInt(0x06054b50)
                .putInt(0)
                .putShort(count)
                .putShort(count)
                .putInt((int) (end - begin))
                .putInt(wide ? ALL_ONES : (int) begin)
                .putShort((short) 0);
        writeFully(channel, last.flip());
    }

    private ByteBuffer header(Entry entry) {
        byte[] path = entry.path();
        boolean wide = narrow(entry.length()) == ALL_ONES;
        boolean far = narrow(entry.header()) == ALL_ONES;
        int numbers = (wide ? 16 : 0) + (far ? 8 : 0);
        int extra = numbers == 0 ? 0 : 4 + numbers;
        ByteBuffer header = record(HEADER_BYTES + path.length + extra)
                .putInt(0x02014b50)
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
            header.putShort((short) 1).putShort((short) numbers);
        }
        if (wide) {
            header.putLong(entry.length()).putLong(entry.length());
        }
        if (far) {
            header.putLong(entry.header());
        }
        return header.flip();
    }

    private int narrow(long number) {
        return always64 || number >= IN_EXTRA_64 ? ALL_ONES : (int) number;
    }

    private static ByteBuffer record(int length) {
        return ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }
}
