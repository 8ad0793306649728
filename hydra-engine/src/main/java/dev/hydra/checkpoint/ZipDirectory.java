package dev.hydra.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/*
 * A zip file ends with an end record, which says where the directory lies: one header per entry, with the entry's name,
 * method, sizes and the place of its local header. Behind the local header, which repeats the name and may be padded, lie
 * the entry's bytes. What does not fit into 32 bits lies elsewhere: for the directory in a second, 64-bit end record
 * before the first (a "locator" in between says where), for an entry in an extra field (id 1) of its header, which holds
 * only those numbers that are all ones in the header itself. APPNOTE.TXT of PKWARE, sections 4.3 and 4.5.3.
 *
 * Read by hand, because tensors are mapped and thus their offsets are needed. The JDK's ZipFile does not tell them.
 * Apache commons-compress does, but takes some two kilobytes from the heap for every entry, whose header may have 46
 * bytes, and sets no limit to their number: a large directory can exhaust the heap. Here an entry takes about seven times
 * its header, and the directory is limited.
 */
/** Where a zip file's entries lie: names, methods and places, none of their bytes. */
final class ZipDirectory {
    private static final int LOCAL_HEADER = 0x04034b50;
    private static final int LOCAL_HEADER_BYTES = 30;
    private static final int HEADER = 0x02014b50;
    private static final int HEADER_BYTES = 46;
    private static final int END = 0x06054b50;
    private static final int END_BYTES = 22;
    private static final int LOCATOR = 0x07064b50;
    private static final int LOCATOR_BYTES = 20;
    private static final int END_64 = 0x06064b50;
    private static final int END_64_BYTES = 56;
    private static final int EXTRA_64 = 1;
    private static final int ENCRYPTED = 1;
    private static final int STORED = 0;
    private static final long IN_EXTRA_64 = 0xffff_ffffL;
    private static final int LARGEST_COMMENT = 0xffff;
    /** Bytes of headers; enough for hundreds of thousands of entries. */
    private static final int LARGEST = 32 << 20;

    private final String file;
    private final FileChannel channel;
    private final long begin;
    private final Map<String, Entry> entries;

    private ZipDirectory(String file, FileChannel channel, long begin, Map<String, Entry> entries) {
        this.file = file;
        this.channel = channel;
        this.begin = begin;
        this.entries = Collections.unmodifiableMap(entries);
    }

    /**
     * An entry.
     *
     * @param plain  whether its bytes are stored as they are, neither compressed nor encrypted
     * @param bytes  how many
     * @param header where its local header begins
     */
    record Entry(boolean plain, long bytes, long header) {}

    /** Where the directory lies, and how many entries it has. */
    private record Place(long begin, long bytes, long entries) {}

    /**
     * Reads the directory of a file.
     *
     * @throws CheckpointException if the file is no zip file, or a damaged one
     */
    static ZipDirectory read(String file, FileChannel channel) throws IOException {
        Place place = place(file, channel);
        if (place.bytes() > LARGEST) {
            throw new CheckpointException(
                    "%s: its zip directory has %d bytes; expected at most %d".formatted(file, place.bytes(), LARGEST));
        }
        ByteBuffer headers = TensorFile.read(channel, place.begin(), (int) place.bytes());
        Map<String, Entry> entries = new LinkedHashMap<>();
        while (headers.remaining() >= HEADER_BYTES && headers.getInt(headers.position()) == HEADER) {
            readHeader(file, headers, entries);
        }
        if (headers.hasRemaining() || entries.size() != place.entries()) {
            throw damaged(file, "announces %d entries and holds %d".formatted(place.entries(), entries.size()));
        }
        return new ZipDirectory(file, channel, place.begin(), entries);
    }

    /** All entries by name, in the order of the directory. */
    Map<String, Entry> entries() {
        return entries;
    }

    /**
     * Where an entry's bytes begin in the file. They are all there, and stored as they are.
     *
     * @throws CheckpointException if there is no such entry, or its bytes are compressed, encrypted or outside of the file
     */
    long offset(String name) throws IOException {
        Entry entry = entry(name);
        if (!entry.plain()) {
            throw new CheckpointException(
                    "%s: entry '%s' is compressed or encrypted; expected stored bytes, as torch.save writes them"
                            .formatted(file, name));
        }
        if (entry.header() > begin - LOCAL_HEADER_BYTES) {
            throw damaged(file, "says that entry '%s' lies at byte %d".formatted(name, entry.header()));
        }
        ByteBuffer local = TensorFile.read(channel, entry.header(), LOCAL_HEADER_BYTES);
        long offset = entry.header() + LOCAL_HEADER_BYTES + unsigned(local.getShort(26)) + unsigned(local.getShort(28));
        if (local.getInt(0) != LOCAL_HEADER || offset > begin || entry.bytes() > begin - offset) {
            throw damaged(
                    file, "says that entry '%s' lies at byte %d with %d bytes".formatted(name, offset, entry.bytes()));
        }
        return offset;
    }

    /** An entry; {@link CheckpointException} if there is none of that name. */
    Entry entry(String name) {
        Entry entry = entries.get(name);
        if (entry == null) {
            throw new CheckpointException("%s: has no entry '%s'; there are %d others: copy the file again"
                    .formatted(file, name, entries.size()));
        }
        return entry;
    }

    private static Place place(String file, FileChannel channel) throws IOException {
        long size = channel.size();
        int length = (int) Math.min(size, END_BYTES + LARGEST_COMMENT);
        ByteBuffer tail = TensorFile.read(channel, size - length, length);
        int at = length - END_BYTES;
        while (at >= 0 && (tail.getInt(at) != END || unsigned(tail.getShort(at + 20)) != length - at - END_BYTES)) {
            at--;
        }
        if (at < 0) {
            throw new CheckpointException(
                    "%s: is no zip file, or a truncated one; expected a file written by torch.save".formatted(file));
        }
        long end = size - length + at;
        Place place = new Place(
                Integer.toUnsignedLong(tail.getInt(at + 16)),
                Integer.toUnsignedLong(tail.getInt(at + 12)),
                unsigned(tail.getShort(at + 10)));
        if (end >= LOCATOR_BYTES) {
            ByteBuffer locator = TensorFile.read(channel, end - LOCATOR_BYTES, LOCATOR_BYTES);
            if (locator.getInt(0) == LOCATOR) {
                end = locator.getLong(8);
                place = place64(file, channel, end);
            }
        }
        if (place.begin() < 0 || place.bytes() < 0 || place.begin() > end || place.bytes() > end - place.begin()) {
            throw damaged(file, "begins at byte %d and has %d bytes".formatted(place.begin(), place.bytes()));
        }
        return place;
    }

    private static Place place64(String file, FileChannel channel, long end) throws IOException {
        if (end < 0 || end > channel.size() - END_64_BYTES) {
            throw damaged(file, "ends at byte %d".formatted(end));
        }
        ByteBuffer record = TensorFile.read(channel, end, END_64_BYTES);
        if (record.getInt(0) != END_64) {
            throw damaged(file, "has no 64-bit end at byte %d".formatted(end));
        }
        return new Place(record.getLong(48), record.getLong(40), record.getLong(32));
    }

    private static void readHeader(String file, ByteBuffer headers, Map<String, Entry> entries) {
        int at = headers.position();
        int nameBytes = unsigned(headers.getShort(at + 28));
        int extraBytes = unsigned(headers.getShort(at + 30));
        int all = HEADER_BYTES + nameBytes + extraBytes + unsigned(headers.getShort(at + 32));
        if (all > headers.remaining()) {
            throw damaged(file, "ends amid entry %d".formatted(entries.size()));
        }
        String name = StandardCharsets.UTF_8
                .decode(headers.slice(at + HEADER_BYTES, nameBytes))
                .toString();
        ByteBuffer extra64 =
                extra64(headers.slice(at + HEADER_BYTES + nameBytes, extraBytes).order(headers.order()));
        // in this order: the extra field has only those that are all ones here
        long bytes = number(headers.getInt(at + 24), extra64);
        long stored = number(headers.getInt(at + 20), extra64);
        long header = number(headers.getInt(at + 42), extra64);
        boolean encrypted = (headers.getShort(at + 8) & ENCRYPTED) != 0;
        boolean plain = headers.getShort(at + 10) == STORED && !encrypted && stored == bytes;
        if (bytes < 0 || header < 0) {
            throw damaged(file, "says that entry '%s' lies at byte %d with %d bytes".formatted(name, header, bytes));
        }
        if (entries.put(name, new Entry(plain, bytes, header)) != null) {
            throw damaged(file, "lists entry '%s' twice".formatted(name));
        }
        headers.position(at + all);
    }

    private static ByteBuffer extra64(ByteBuffer extra) {
        while (extra.remaining() >= 2 * Short.BYTES) {
            int id = unsigned(extra.getShort());
            int length = Math.min(unsigned(extra.getShort()), extra.remaining());
            if (id == EXTRA_64) {
                return extra.limit(extra.position() + length);
            }
            extra.position(extra.position() + length);
        }
        return extra.limit(extra.position());
    }

    private static long number(int number, ByteBuffer extra64) {
        long unsigned = Integer.toUnsignedLong(number);
        return unsigned == IN_EXTRA_64 && extra64.remaining() >= Long.BYTES ? extra64.getLong() : unsigned;
    }

    private static int unsigned(short number) {
        return Short.toUnsignedInt(number);
    }

    private static CheckpointException damaged(String file, String found) {
        return new CheckpointException(
                "%s: its zip directory %s: truncated or damaged, copy the file again".formatted(file, found));
    }
}
