package dev.hydra.hub;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/*
 * The folder of a repository, as all of Hugging Face's clients have it:
 *
 *   models--owner--name/refs/main                      the commit that a revision stood for when it was last asked
 *   models--owner--name/blobs/HASH                     what is in the files
 *   models--owner--name/snapshots/COMMIT/config.json   -> ../../blobs/HASH
 *   .locks/models--owner--name/HASH.lock               who downloads a blob
 *
 * Blobs are moved to their place when their hash was found right, links are made after that, and a ref is written when all files are
 * there: whatever is visible is whole. Two things are ours alone. A blob that is being downloaded is called HASH.hydra.incomplete,
 * because Python's clients lock with flock, which knows nothing of the locks that Java can take; were the name theirs, two writers could
 * meet. And .hydra/COMMIT.model lists the files that a model was found to need, so that a snapshot can be known to be complete when
 * nobody can be asked.
 */
/** The folder that holds a repository's files, in the layout that Hugging Face's clients share. */
final class HubCache {
    /** The folder of the snapshots. */
    static final String SNAPSHOTS = "snapshots";

    /** Makes a link; {@link UnsupportedOperationException} or {@link FileSystemException} where there are none. */
    @FunctionalInterface
    interface Linking {
        void link(Path link, Path target) throws IOException;
    }

    private final Path root;
    private final HubLocation location;
    private final Linking linking;

    /** A repository's folder in a cache. */
    HubCache(Path root, HubLocation location) {
        this(root, location, Files::createSymbolicLink);
    }

    /** With another way of making links. */
    HubCache(Path root, HubLocation location, Linking linking) {
        this.root = root;
        this.location = location;
        this.linking = linking;
    }

    /** The folder of all repositories. */
    Path root() {
        return root;
    }

    /** The repository's folder. */
    Path folder() {
        return root.resolve(location.folderName());
    }

    /** The folder of a commit's files. */
    Path snapshot(String commit) {
        return folder().resolve(SNAPSHOTS).resolve(commit);
    }

    Path blob(HubFile file) {
        return folder().resolve("blobs").resolve(file.hash());
    }

    /** A blob as far as it has come. */
    Path partial(HubFile file) {
        return folder().resolve("blobs").resolve(file.hash() + ".hydra.incomplete");
    }

    Path lock(HubFile file) {
        return root.resolve(".locks").resolve(location.folderName()).resolve(file.hash() + ".lock");
    }

    /** The commit that the revision is, or stood for when it was last asked. */
    Optional<String> commit() throws IOException {
        if (location.isCommit()) {
            return Optional.of(location.revision());
        }
        Path ref = ref();
        if (!Files.isRegularFile(ref)) {
            return Optional.empty();
        }
        return Optional.of(Files.readString(ref).strip())
                .filter(commit -> HubLocation.COMMIT.matcher(commit).matches());
    }

    /** The names of the files that a snapshot has; a link to nothing is none. */
    Set<String> names(String commit) throws IOException {
        Path snapshot = snapshot(commit);
        if (!Files.isDirectory(snapshot)) {
            return Set.of();
        }
        try (Stream<Path> files = Files.walk(snapshot, 2)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> snapshot.relativize(file).toString().replace('\\', '/'))
                    .collect(Collectors.toCollection(TreeSet::new));
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    /** Whether a snapshot has a file, in its full size. */
    boolean has(String commit, HubFile file) throws IOException {
        Path path = snapshot(commit).resolve(file.path());
        return Files.isRegularFile(path) && Files.size(path) == file.size();
    }

    /** Whether the blob of a file is there, in its full size. */
    boolean hasBlob(HubFile file) throws IOException {
        Path blob = blob(file);
        return Files.isRegularFile(blob) && Files.size(blob) == file.size();
    }

    /** Declares the bytes that have come to be the blob. */
    void complete(HubFile file) throws IOException {
        move(partial(file), blob(file));
    }

    /** Lets a snapshot have a file whose blob is there. Where there are no links, the blob itself goes there. */
    void link(String commit, HubFile file) throws IOException {
        Path link = snapshot(commit).resolve(file.path());
        Path folder = Objects.requireNonNull(link.getParent(), "a snapshot's file lies in its folder");
        Files.createDirectories(folder);
        Files.deleteIfExists(link);
        try {
            linking.link(link, folder.relativize(blob(file)));
        } catch (FileAlreadyExistsException e) {
            // the same file of two names, or somebody without our locks: what is there has this blob's content
            return;
        } catch (UnsupportedOperationException | FileSystemException e) {
            move(blob(file), link);
        }
    }

    /** Writes down what the revision stands for, and what was needed of it. */
    void remember(String commit, HubContent content, List<String> files) throws IOException {
        write(record(commit, content), files.stream().sorted().collect(Collectors.joining("\n", "", "\n")));
        if (!location.isCommit()) {
            write(ref(), commit);
        }
    }

    /** The files that were found to be needed; nothing where that is not known. */
    Optional<List<String>> remembered(String commit, HubContent content) throws IOException {
        Path record = record(commit, content);
        if (!Files.isRegularFile(record)) {
            return Optional.empty();
        }
        try (Stream<String> lines = Files.lines(record)) {
            return Optional.of(lines.filter(line -> !line.isBlank()).toList());
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private Path ref() {
        return folder().resolve("refs").resolve(location.revision());
    }

    private Path record(String commit, HubContent content) {
        return folder().resolve(".hydra").resolve(commit + "." + content.name().toLowerCase(Locale.ROOT));
    }

    private static void write(Path file, String text) throws IOException {
        if (Files.isRegularFile(file) && Files.readString(file).equals(text)) {
            return; // a cache that is complete may be read-only
        }
        Files.createDirectories(file.getParent());
        Path part = Files.createTempFile(file.getParent(), ".", ".part");
        try {
            Files.writeString(part, text);
            move(part, file);
        } finally {
            Files.deleteIfExists(part);
        }
    }

    private static void move(Path from, Path to) throws IOException {
        try {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
        }
    }
}
