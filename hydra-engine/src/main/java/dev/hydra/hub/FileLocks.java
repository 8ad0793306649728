package dev.hydra.hub;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/*
 * A file's lock belongs to the process and not to the thread, and where it is POSIX's, closing any channel of the file gives it up.
 * So threads of one process first take turns among themselves, and only the one whose turn it is opens the file. Another class loader
 * of the same process has another table of turns; the platform then refuses with an exception, which is waited out like a lock.
 */
/** Locks on files, held by one thread of one process at a time. A process that dies gives up its own. */
final class FileLocks {
    private static final Logger log = LoggerFactory.getLogger(Hub.class);
    private static final Duration POLL = Duration.ofMillis(100);
    private static final Map<Path, ReentrantLock> TURNS = new ConcurrentHashMap<>();

    private FileLocks() {}

    /** A lock that is held until it is closed, by the thread that took it. */
    static final class Held implements AutoCloseable {
        private final ReentrantLock turn;
        private final FileChannel channel;

        private Held(ReentrantLock turn, FileChannel channel) {
            this.turn = turn;
            this.channel = channel;
        }

        @Override
        public void close() throws IOException {
            try {
                channel.close();
            } finally {
                turn.unlock();
            }
        }
    }

    /** Waits until the lock is free, and takes it. The file is made where it is missing, and stays. */
    static Held take(Path file) throws IOException, InterruptedException {
        Files.createDirectories(file.getParent());
        Path path = file.toAbsolutePath().normalize();
        ReentrantLock turn = TURNS.computeIfAbsent(path, any -> new ReentrantLock());
        turn.lockInterruptibly();
        FileChannel channel = null;
        boolean taken = false;
        try {
            channel = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            lock(channel, path);
            taken = true;
            return new Held(turn, channel);
        } finally {
            if (!taken) {
                try {
                    if (channel != null) {
                        channel.close();
                    }
                } finally {
                    turn.unlock();
                }
            }
        }
    }

    private static void lock(FileChannel channel, Path file) throws IOException, InterruptedException {
        boolean said = false;
        while (tryLock(channel) == null) {
            if (!said) {
                log.info("waiting for another process that holds {}", file);
                said = true;
            }
            TimeUnit.NANOSECONDS.sleep(POLL.toNanos());
        }
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null;
        }
    }
}
