package dev.hydra.hub;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** The hash of a file that is still growing: SHA-256, or SHA-1 as git takes it of a small file. */
final class Fingerprint {
    private static final int SHA256_DIGITS = 64;

    private final HubFile file;
    private final MessageDigest digest;

    /** Of no bytes yet. */
    Fingerprint(HubFile file) {
        this.file = file;
        try {
            digest = MessageDigest.getInstance(file.hash().length() == SHA256_DIGITS ? "SHA-256" : "SHA-1");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has it", e);
        }
        reset();
    }

    /** Back to no bytes. */
    void reset() {
        digest.reset();
        if (file.hash().length() != SHA256_DIGITS) {
            digest.update("blob %d\0".formatted(file.size()).getBytes(StandardCharsets.US_ASCII));
        }
    }

    /** Adds what the buffer still has. */
    void add(ByteBuffer bytes) {
        digest.update(bytes);
    }

    /** The hash of all that was added, in hexadecimal digits; begins anew. */
    String take() {
        String found = HexFormat.of().formatHex(digest.digest());
        reset();
        return found;
    }
}
