package dev.hydra.hub;

/**
 * A file of a repository at a commit.
 *
 * @param path within the repository
 * @param size in bytes; negative where it is not known yet
 * @param hash SHA-256 of a large file, or what git calls a small one: 64 or 40 hexadecimal digits; empty where it is not known yet
 */
record HubFile(String path, long size, String hash) {

    boolean isKnown() {
        return size >= 0 && !hash.isEmpty();
    }
}
