package dev.hydra.hub;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The Hugging Face hub, or a mirror of it, with a cache on this machine.
 *
 * <pre>{@code
 * Hub hub = new Hub(HubOptions.fromEnvironment(System::getenv, home).build(), HubListener.logging());
 * Path model = hub.fetch(HubLocation.parse("hf://lmsys/vicuna-7b-v1.3"), HubContent.MODEL);
 * }</pre>
 *
 * <p>Only what is needed is downloaded, and only what the cache does not have. A file becomes visible when its hash was found right,
 * so whatever stops a download leaves nothing that could be opened, and the next one goes on where it stopped. The cache is the one
 * of Hugging Face's own clients, and may be used by them and by other processes at the same time.
 *
 * <p>Safe for use by several threads.
 */
public final class Hub {
    private static final Logger log = LoggerFactory.getLogger(Hub.class);
    private static final AtomicInteger THREADS = new AtomicInteger();
    /** Failures to get a newer state, which leave an older one as good as it was. */
    private static final Set<HubException.Reason> REPLACEABLE =
            EnumSet.of(HubException.Reason.UNREACHABLE, HubException.Reason.BUSY, HubException.Reason.REFUSED);

    private final HubOptions options;
    private final HubListener listener;
    private final HubConnection connection;

    /**
     * A hub; nothing is asked yet.
     *
     * @param listener hears of downloads
     */
    public Hub(HubOptions options, HubListener listener) {
        this.options = options;
        this.listener = listener;
        this.connection = new HubConnection(options);
    }

    /** How the hub is reached and where its files are kept. */
    public HubOptions options() {
        return options;
    }

    /**
     * The folder with a repository's files, which are downloaded where the cache does not have them. A commit whose files are all there
     * is not asked about; another revision is, and what the cache has of it is used, with a warning, if nobody answers.
     *
     * @throws HubException         if a file cannot be had
     * @throws InterruptedException if the thread was interrupted; what has been downloaded is kept
     */
    public Path fetch(HubLocation location, HubContent content) throws InterruptedException {
        HubCache cache = new HubCache(options.cache(), location);
        try {
            return fetch(location, content, cache);
        } catch (IOException e) {
            throw Disk.failure(location.toString(), 0, cache, e);
        }
    }

    private Path fetch(HubLocation location, HubContent content, HubCache cache)
            throws IOException, InterruptedException {
        Optional<String> commit = cache.commit();
        Optional<String> lack = commit.isPresent()
                ? lack(location, content, cache, commit.get())
                : Optional.of("the cache does not know the revision '%s'".formatted(location.revision()));
        boolean usable = lack.isEmpty();
        if (usable
                && location.isCommit()
                && cache.remembered(commit.get(), content).isPresent()) {
            return cache.snapshot(commit.get());
        }
        if (options.offline()) {
            if (usable) {
                return cache.snapshot(commit.get());
            }
            throw new HubException(
                    HubException.Reason.OFFLINE,
                    "%s is not in the cache %s, and nothing may be downloaded: %s; expected all files of %s: download it once while online, or choose the cache that has it"
                            .formatted(location, options.cache(), lack.get(), what(content)));
        }
        try {
            // whoever has the files already need not wait long for an answer
            Listing listing = retrying(usable ? 1 : options.attempts(), () -> connection.list(location));
            download(
                    new FileDownload.Context(options, connection, cache, location, listing.commit()), content, listing);
            return cache.snapshot(listing.commit());
        } catch (HubException e) {
            if (!usable || !REPLACEABLE.contains(e.reason())) {
                throw e;
            }
            log.warn("{}; using what the cache has: {} at commit {}", e.getMessage(), location, commit.get());
            return cache.snapshot(commit.get());
        }
    }

    /** What a snapshot lacks; nothing if it is complete. */
    private static Optional<String> lack(HubLocation location, HubContent content, HubCache cache, String commit)
            throws IOException {
        Set<String> names = cache.names(commit);
        Optional<List<String>> remembered = cache.remembered(commit, content);
        if (remembered.isPresent()) {
            return remembered.get().stream()
                    .filter(file -> !names.contains(file))
                    .findFirst()
                    .map(file -> "%s is missing at commit %s".formatted(file, commit));
        }
        try {
            // somebody else's download
            new Selection(location, content, names).filesWithTokenizer(cache.snapshot(commit));
            return Optional.empty();
        } catch (IncompleteException | HubException e) {
            return Optional.of("commit %s has %s".formatted(commit, e.getMessage()));
        }
    }

    private static String what(HubContent content) {
        return content == HubContent.MODEL ? "a model" : "draft heads";
    }

    private void download(FileDownload.Context context, HubContent content, Listing listing)
            throws IOException, InterruptedException {
        Selection selection =
                new Selection(context.location(), content, listing.files().keySet());
        Optional<String> index = selection.index();
        if (index.isPresent()) {
            // what else is needed is in it
            download(context, described(context, listing, List.of(index.get())), HubListener.silent());
        }
        List<String> needed;
        try {
            needed = selection.files(context.cache().snapshot(listing.commit()));
        } catch (IncompleteException e) {
            throw new HubException(
                    HubException.Reason.INCOMPLETE,
                    "%s has %s; expected %s: choose another repository or revision"
                            .formatted(context.location(), e.getMessage(), what(content)),
                    e);
        }
        download(context, described(context, listing, needed), new OneAtATime(listener));
        try {
            context.cache().remember(listing.commit(), content, needed);
        } catch (IOException e) {
            log.debug("the cache {} cannot be written; the files are there", options.cache(), e);
        }
    }

    private List<HubFile> described(FileDownload.Context context, Listing listing, List<String> paths)
            throws InterruptedException {
        List<HubFile> files = new ArrayList<>();
        for (String path : paths) {
            HubFile file = Objects.requireNonNull(listing.files().get(path), path);
            if (!file.isKnown()) {
                file = retrying(
                        options.attempts(), () -> connection.describe(context.location(), listing.commit(), path));
                listing.files().put(path, file);
            }
            files.add(file);
        }
        return files;
    }

    private void download(FileDownload.Context context, List<HubFile> files, HubListener listener)
            throws IOException, InterruptedException {
        HubCache cache = context.cache();
        List<HubFile> missing = new ArrayList<>();
        long bytes = 0;
        long room = 0;
        for (HubFile file : files) {
            if (!cache.has(context.commit(), file)) {
                missing.add(file);
                bytes += file.size();
                room += cache.hasBlob(file) ? 0 : file.size() - Disk.size(cache.partial(file));
            }
        }
        if (missing.isEmpty()) {
            return;
        }
        Disk.requireRoom(context.location(), room, cache);
        // the largest first, so that none is left over in the end
        missing.sort(Comparator.comparingLong(HubFile::size).reversed());
        listener.started(context.location(), missing.size(), bytes);
        try {
            inParallel(missing.stream()
                    .map(file -> new FileDownload(context, file, listener))
                    .toList());
        } finally {
            listener.ended();
        }
    }

    private void inParallel(List<FileDownload> downloads) throws InterruptedException {
        ExecutorService threads =
                Executors.newFixedThreadPool(Math.min(options.downloads(), downloads.size()), Hub::thread);
        try {
            CompletionService<Boolean> running = new ExecutorCompletionService<>(threads);
            for (FileDownload download : downloads) {
                running.submit(() -> {
                    download.run();
                    return true;
                });
            }
            for (int done = 0; done < downloads.size(); done++) {
                running.take().get();
            }
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            if (e.getCause() instanceof Error cause) {
                throw cause;
            }
            throw new IllegalStateException(e.getCause());
        } finally {
            // nobody writes to the cache any more when this returns
            threads.shutdownNow();
            threads.awaitTermination(1, TimeUnit.MINUTES);
        }
    }

    private static Thread thread(Runnable task) {
        Thread thread = new Thread(task, "hydra-hub-" + THREADS.incrementAndGet());
        thread.setDaemon(true);
        return thread;
    }

    /** Something that may fail for now. */
    @FunctionalInterface
    private interface Attempt<T> {
        T call() throws TransientFailure, InterruptedException;
    }

    private <T> T retrying(int attempts, Attempt<T> attempt) throws InterruptedException {
        Patience patience = new Patience(attempts, options.pause());
        while (true) {
            try {
                return attempt.call();
            } catch (TransientFailure e) {
                patience.await(e);
            }
        }
    }

    /** Several threads' reports, one after the other. */
    private record OneAtATime(HubListener listener) implements HubListener {
        @Override
        public synchronized void started(HubLocation location, int files, long bytes) {
            listener.started(location, files, bytes);
        }

        @Override
        public synchronized void reached(String file, long position, long size) {
            listener.reached(file, position, size);
        }

        @Override
        public synchronized void ended() {
            listener.ended();
        }
    }
}
