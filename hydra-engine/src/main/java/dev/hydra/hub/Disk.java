package dev.hydra.hub;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** How much room there is for a cache, and what to say when it is too little. */
final class Disk {
    private Disk() {}

    /**
     * Demands room for what is going to be downloaded.
     *
     * @throws HubException if there is too little
     */
    static void requireRoom(HubLocation location, long bytes, HubCache cache) {
        long free = free(cache);
        if (free < bytes) {
            throw new HubException(
                    HubException.Reason.NO_SPACE,
                    "%s: %s (%d bytes) are still to be downloaded; %s has room for %s (%d bytes): make room, or choose a cache elsewhere"
                            .formatted(location, Bytes.text(bytes), bytes, cache.root(), Bytes.text(free), free));
        }
    }

    /**
     * What to throw when a file cannot be written.
     *
     * @param missing bytes that it still needs
     */
    static HubException failure(String subject, long missing, HubCache cache, IOException failure) {
        String reason = failure instanceof FileSystemException file && file.getReason() != null
                ? file.getReason()
                : String.valueOf(failure.getMessage());
        String lower = reason.toLowerCase(Locale.ROOT);
        if (lower.contains("no space") || lower.contains("not enough space") || lower.contains("quota")) {
            long free = free(cache);
            return new HubException(
                    HubException.Reason.NO_SPACE,
                    "%s: cannot be written: %s; it still needs %s (%d bytes), %s has room for %s (%d bytes): make room, or choose a cache elsewhere; what is there is kept"
                            .formatted(
                                    subject,
                                    reason,
                                    Bytes.text(missing),
                                    missing,
                                    cache.root(),
                                    Bytes.text(free),
                                    free),
                    failure);
        }
        return new HubException(
                HubException.Reason.CACHE,
                "%s: the cache %s cannot be read or written: %s; expected a folder of this user: change its rights, or choose a cache elsewhere"
                        .formatted(subject, cache.root(), failure),
                failure);
    }

    /** What a file has, in bytes; 0 where it is missing. */
    static long size(Path file) {
        try {
            return Files.isRegularFile(file) ? Files.size(file) : 0;
        } catch (IOException e) {
            return 0; // whoever opens it hears why
        }
    }

    /** Bytes that may be written to the cache, whose folder need not be there yet; as many as can be if nobody knows. */
    private static long free(HubCache cache) {
        Path folder = cache.root().toAbsolutePath();
        while (folder != null && !Files.exists(folder)) {
            folder = folder.getParent();
        }
        try {
            return folder == null ? Long.MAX_VALUE : Files.getFileStore(folder).getUsableSpace();
        } catch (IOException e) {
            return Long.MAX_VALUE;
        }
    }
}
