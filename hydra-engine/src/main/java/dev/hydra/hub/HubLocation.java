package dev.hydra.hub;

import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A repository on the Hugging Face hub, at a revision: {@code hf://owner/name} or {@code hf://owner/name@revision}.
 *
 * @param owner    a user or an organisation
 * @param name     the repository
 * @param revision a branch, a tag, or the 40 hexadecimal digits of a commit
 */
public record HubLocation(String owner, String name, String revision) {
    /** What a location begins with. */
    public static final String SCHEME = "hf://";

    /** The revision where none is said. */
    public static final String MAIN = "main";

    static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");

    private static final Pattern WORD = Pattern.compile("[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?");
    private static final Pattern REVISION = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._+/-]*");
    private static final String FOLDER_PREFIX = "models--";
    private static final String FOLDER_SEPARATOR = "--";
    private static final int LONGEST_NAME = 96;

    /** Checks that the parts can be those of a repository, and of a path in a cache. */
    public HubLocation {
        if (!isName(owner) || !isName(name) || owner.length() + name.length() >= LONGEST_NAME) {
            throw new IllegalArgumentException(
                    "'%s/%s' is no name of a repository on the hub; expected owner/name, of letters, digits, '-', '_' and '.'"
                            .formatted(owner, name));
        }
        if (!isRevision(revision)) {
            throw new IllegalArgumentException(
                    "'%s' is no revision of %s/%s; expected a branch, a tag or the 40 digits of a commit"
                            .formatted(revision, owner, name));
        }
    }

    /** Whether a text is meant as a location on the hub. */
    public static boolean isHub(String location) {
        return location.startsWith(SCHEME);
    }

    /** Whether a text has the form {@code owner/name}, as other tools name repositories. */
    public static boolean isRepository(String text) {
        int slash = text.indexOf('/');
        return slash > 0
                && isName(text.substring(0, slash))
                && isName(text.substring(slash + 1))
                && text.length() <= LONGEST_NAME;
    }

    /**
     * Reads {@code hf://owner/name} or {@code hf://owner/name@revision}.
     *
     * @throws IllegalArgumentException if it is neither
     */
    public static HubLocation parse(String location) {
        String rest = isHub(location) ? location.substring(SCHEME.length()) : "";
        int at = rest.indexOf('@');
        String repository = at < 0 ? rest : rest.substring(0, at);
        int slash = repository.indexOf('/');
        if (slash < 0) {
            throw new IllegalArgumentException(
                    "'%s' names no repository on the hub; expected hf://owner/name or hf://owner/name@revision"
                            .formatted(location));
        }
        return new HubLocation(
                repository.substring(0, slash),
                repository.substring(slash + 1),
                at < 0 ? MAIN : rest.substring(at + 1));
    }

    /**
     * The main branch of a repository.
     *
     * @param repository {@code owner/name}
     * @throws IllegalArgumentException if it has another form
     */
    public static HubLocation of(String repository) {
        return parse(SCHEME + repository);
    }

    /**
     * The repository that a folder of the cache is a snapshot of, at the snapshot's commit.
     *
     * @param folder any folder
     * @return nothing for a folder outside a cache
     */
    public static Optional<HubLocation> ofSnapshot(Path folder) {
        Path snapshot = folder.toAbsolutePath().normalize();
        int count = snapshot.getNameCount();
        if (count < 3 || !snapshot.getName(count - 2).toString().equals(HubCache.SNAPSHOTS)) {
            return Optional.empty();
        }
        String commit = snapshot.getName(count - 1).toString();
        String repository = snapshot.getName(count - 3).toString();
        if (!repository.startsWith(FOLDER_PREFIX) || !isRevision(commit)) {
            return Optional.empty();
        }
        String[] parts = repository.substring(FOLDER_PREFIX.length()).split(FOLDER_SEPARATOR, 2);
        return parts.length == 2 && isName(parts[0]) && isName(parts[1])
                ? Optional.of(new HubLocation(parts[0], parts[1], commit))
                : Optional.empty();
    }

    /** {@code owner/name}. */
    public String repository() {
        return owner + "/" + name;
    }

    /** Whether the revision is a commit, whose files never change. */
    public boolean isCommit() {
        return COMMIT.matcher(revision).matches();
    }

    /** What the repository's folder in a cache is called. */
    String folderName() {
        return FOLDER_PREFIX + owner + FOLDER_SEPARATOR + name;
    }

    /** The location as it is written in a property: without the revision where that is the main branch. */
    @Override
    public String toString() {
        return SCHEME + repository() + (revision.equals(MAIN) ? "" : "@" + revision);
    }

    private static boolean isName(String text) {
        return WORD.matcher(text).matches() && !text.contains("..") && !text.contains(FOLDER_SEPARATOR);
    }

    // a revision is also the path of a file below refs
    private static boolean isRevision(String text) {
        return REVISION.matcher(text).matches()
                && !text.contains("..")
                && !text.contains("//")
                && !text.contains("/.")
                && !text.endsWith("/");
    }
}
