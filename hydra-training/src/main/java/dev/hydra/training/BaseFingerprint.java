package dev.hydra.training;

import dev.hydra.checkpoint.Checkpoint;
import dev.hydra.checkpoint.StoredTensor;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.TreeSet;

/** Tells base models apart without reading all of their weights: by the names, shapes and first bytes of their tensors. */
final class BaseFingerprint {

    private static final int SAMPLE = 4096;

    private BaseFingerprint() {}

    /** SHA-256 in hexadecimal. */
    static String of(Checkpoint base) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (String name : new TreeSet<>(base.names())) {
                StoredTensor tensor = base.tensor(name);
                digest.update((name + tensor.type() + tensor.shape()).getBytes(StandardCharsets.UTF_8));
                ByteBuffer bytes = tensor.bytes().duplicate();
                bytes.limit(bytes.position() + Math.min(SAMPLE, bytes.remaining()));
                digest.update(bytes);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
