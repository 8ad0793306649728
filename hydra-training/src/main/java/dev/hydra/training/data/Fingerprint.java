package dev.hydra.training.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/** A SHA-256 over values; their borders count. For one thread, and for one result. */
final class Fingerprint {
    private static final List<String> MODEL_FILES = List.of(
            "config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json", "chat_template.jinja");
    /** What stands in for a tokenizer.json. */
    private static final List<String> SENTENCE_PIECE_FILES =
            List.of("tokenizer.model", "special_tokens_map.json", "added_tokens.json");

    private static final List<String> WEIGHTS = List.of(".safetensors", ".bin", ".pt");
    private static final int SAMPLED = 1 << 16;

    private final MessageDigest digest;

    Fingerprint() {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this Java has no SHA-256, which every Java has to have", e);
        }
    }

    Fingerprint add(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        add(bytes.length);
        digest.update(bytes);
        return this;
    }

    Fingerprint add(long number) {
        digest.update(ByteBuffer.allocate(Long.BYTES).putLong(number).flip());
        return this;
    }

    /** Adds the content of a file; one that is not there counts as that. */
    Fingerprint add(Path file) throws IOException {
        if (!Files.exists(file)) {
            return add(-1);
        }
        add(Files.size(file));
        try (InputStream in = Files.newInputStream(file)) {
            byte[] buffer = new byte[SAMPLED];
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                digest.update(buffer, 0, count);
            }
        }
        return this;
    }

    /** 64 hexadecimal digits. */
    String hex() {
        return HexFormat.of().formatHex(digest.digest());
    }

    /** The first 64 bits. */
    long number() {
        return ByteBuffer.wrap(digest.digest()).getLong();
    }

    /** Of a model's tokenizer. */
    static String ofTokenizer(Path model) throws IOException {
        Fingerprint fingerprint = new Fingerprint().add(model.resolve("tokenizer.json"));
        fingerprint.addSentencePiece(model);
        return fingerprint.hex();
    }

    private void addSentencePiece(Path model) throws IOException {
        if (!Files.exists(model.resolve("tokenizer.json"))) {
            for (String name : SENTENCE_PIECE_FILES) {
                add(model.resolve(name));
            }
        }
    }

    /**
     * Of everything that decides what a model says: its small files, and of its weights the names, the sizes and the first and last
     * 64 KiB, for reading all of them would take minutes.
     */
    static String ofModel(Path model) throws IOException {
        Fingerprint fingerprint = new Fingerprint();
        for (String name : MODEL_FILES) {
            fingerprint.add(model.resolve(name));
        }
        fingerprint.addSentencePiece(model);
        List<Path> weights;
        try (Stream<Path> files = Files.list(model)) {
            weights = files.filter(file -> WEIGHTS.stream().anyMatch(file.toString()::endsWith))
                    .sorted()
                    .toList();
        }
        for (Path file : weights) {
            fingerprint.add(file.getFileName().toString()).addEnds(file);
        }
        return fingerprint.hex();
    }

    private void addEnds(Path file) throws IOException {
        long size = Files.size(file);
        add(size);
        try (InputStream in = Files.newInputStream(file)) {
            digest.update(in.readNBytes(SAMPLED));
            in.skipNBytes(Math.max(0, size - 2L * SAMPLED));
            digest.update(in.readNBytes(SAMPLED));
        }
    }
}
