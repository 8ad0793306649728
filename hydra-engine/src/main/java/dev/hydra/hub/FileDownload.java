package dev.hydra.hub;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way of one file into a snapshot: another process's, if it was faster; else a blob that grows, from where an earlier attempt
 * left it, is held against its hash, and is linked to if that is right.
 */
final class FileDownload {
    private static final Logger log = LoggerFactory.getLogger(Hub.class);
    private static final int BUFFER = 1 << 20;
    /** How often a file may arrive with another hash: an old remainder may be to blame once. */
    private static final int MOST_MISMATCHES = 2;

    /**
     * Whose file, and to whom its growth is told.
     *
     * @param commit that the file belongs to
     */
    record Context(HubOptions options, HubConnection connection, HubCache cache, HubLocation location, String commit) {}

    private final Context context;
    private final HubFile file;
    private final HubListener listener;

    FileDownload(Context context, HubFile file, HubListener listener) {
        this.context = context;
        this.file = file;
        this.listener = listener;
    }

    /** Sees to it that the snapshot has the file. */
    void run() throws InterruptedException {
        try {
            FileLocks.Held lock = FileLocks.take(context.cache().lock(file));
            try {
                provide();
            } finally {
                lock.close();
            }
        } catch (ClosedByInterruptException e) {
            throw interrupted(e);
        } catch (IOException e) {
            throw diskFailure(e);
        }
    }

    private void provide() throws IOException, InterruptedException {
        HubCache cache = context.cache();
        boolean linked = cache.has(context.commit(), file);
        if (linked || cache.hasBlob(file)) {
            // another process was here while this one waited
            listener.reached(file.path(), file.size(), file.size());
        } else {
            download();
        }
        if (!linked) {
            cache.link(context.commit(), file);
        }
    }

    private void download() throws IOException, InterruptedException {
        Patience patience =
                new Patience(context.options().attempts(), context.options().pause());
        Path partial = context.cache().partial(file);
        Files.createDirectories(partial.getParent());
        int mismatches = 0;
        while (true) {
            long before = Disk.size(partial);
            try {
                String found = grow(partial);
                if (found.equals(file.hash())) {
                    context.cache().complete(file);
                    return;
                }
                Files.delete(partial);
                mismatches++;
                if (mismatches == MOST_MISMATCHES) {
                    throw wrongHash(found);
                }
                log.warn("{} has the hash {}; expected {}: downloading it again", subject(), found, file.hash());
            } catch (TransientFailure e) {
                if (e.reason() == HubException.Reason.CORRUPT) {
                    Files.deleteIfExists(partial);
                } else if (Disk.size(partial) > before) {
                    patience.reset();
                }
                patience.await(e);
            }
        }
    }

    /** Gets what is missing; the hash of the whole. */
    private String grow(Path partial) throws TransientFailure, InterruptedException {
        Fingerprint fingerprint = new Fingerprint(file);
        try (FileChannel channel = FileChannel.open(
                partial, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            long position = existing(channel, fingerprint);
            listener.reached(file.path(), position, file.size());
            if (position < file.size()) {
                append(channel, position, fingerprint);
            }
            channel.force(true);
        } catch (ClosedByInterruptException e) {
            throw interrupted(e);
        } catch (IOException e) {
            throw diskFailure(e);
        }
        return fingerprint.take();
    }

    private long existing(FileChannel channel, Fingerprint fingerprint) throws IOException {
        if (channel.size() > file.size()) {
            channel.truncate(0);
        }
        ByteBuffer buffer = ByteBuffer.allocateDirect((int) Math.min(BUFFER, channel.size()));
        while (buffer.capacity() > 0 && channel.read(buffer) >= 0) {
            fingerprint.add(buffer.flip());
            buffer.clear();
        }
        return channel.position();
    }

    private void append(FileChannel channel, long from, Fingerprint fingerprint)
            throws IOException, TransientFailure, InterruptedException {
        long position = from;
        try (HubConnection.Content content =
                context.connection().open(context.location(), context.commit(), file, from)) {
            if (content.from() < from) {
                // the server sends all of it again
                channel.truncate(0);
                fingerprint.reset();
                position = 0;
            }
            for (List<ByteBuffer> bytes = next(content); !bytes.isEmpty(); bytes = next(content)) {
                for (ByteBuffer part : bytes) {
                    position += part.remaining();
                    requireNoMore(position);
                    fingerprint.add(part.duplicate());
                    while (part.hasRemaining()) {
                        channel.write(part);
                    }
                }
                listener.reached(file.path(), position, file.size());
            }
        }
        if (position < file.size()) {
            throw new TransientFailure(
                    HubException.Reason.UNREACHABLE,
                    "%s: the connection ended after %d of %d bytes".formatted(subject(), position, file.size()),
                    Duration.ZERO);
        }
    }

    private void requireNoMore(long position) throws TransientFailure {
        if (position > file.size()) {
            throw new TransientFailure(
                    HubException.Reason.CORRUPT,
                    "%s: the server sends more than the %d bytes that it has".formatted(subject(), file.size()),
                    Duration.ZERO);
        }
    }

    private List<ByteBuffer> next(HubConnection.Content content) throws TransientFailure, InterruptedException {
        try {
            return content.body().next(context.options().readTimeout());
        } catch (IOException e) {
            throw new TransientFailure(
                    HubException.Reason.UNREACHABLE,
                    "%s: the connection broke: %s".formatted(subject(), e.getMessage()),
                    e);
        }
    }

    private String subject() {
        return HubConnection.subject(context.location(), file.path());
    }

    private HubException wrongHash(String found) {
        return new HubException(
                HubException.Reason.CORRUPT,
                "%s: downloaded %d times with the hash %s; expected %s: something between here and %s changes it"
                        .formatted(
                                subject(),
                                MOST_MISMATCHES,
                                found,
                                file.hash(),
                                context.options().endpoint()));
    }

    private HubException diskFailure(IOException failure) {
        return Disk.failure(
                subject(), file.size() - Disk.size(context.cache().partial(file)), context.cache(), failure);
    }

    private static InterruptedException interrupted(ClosedByInterruptException cause) {
        InterruptedException interrupted = new InterruptedException("interrupted while a file was written");
        interrupted.initCause(cause);
        return interrupted;
    }
}
