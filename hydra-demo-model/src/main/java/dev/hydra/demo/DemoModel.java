package dev.hydra.demo;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Where the demo model lies on disk.
 *
 * @param model folder of the base model, as Hugging Face lays it out
 * @param heads folder of its Hydra heads
 * @param medusa folder of its Medusa heads, to compare with
 * @param hydraPlusPlus folder of its Hydra++ heads, to compare with
 */
public record DemoModel(Path model, Path heads, Path medusa, Path hydraPlusPlus) {

    private static final String MODEL = "hydra-demo";
    private static final String HEADS = "hydra-demo-heads";
    private static final String MEDUSA = "hydra-demo-medusa";
    private static final String HYDRA_PLUS_PLUS = "hydra-demo-plus";
    private static final List<String> FILES = List.of(
            MODEL + "/config.json",
            MODEL + "/generation_config.json",
            MODEL + "/model.safetensors",
            MODEL + "/special_tokens_map.json",
            MODEL + "/tokenizer.json",
            MODEL + "/tokenizer_config.json",
            HEADS + "/config.json",
            HEADS + "/hydra_lm_head.safetensors",
            HEADS + "/tree.json",
            MEDUSA + "/config.json",
            MEDUSA + "/hydra_lm_head.safetensors",
            MEDUSA + "/tree.json",
            HYDRA_PLUS_PLUS + "/config.json",
            HYDRA_PLUS_PLUS + "/hydra_lm_head.safetensors",
            HYDRA_PLUS_PLUS + "/tree.json");

    /**
     * Makes the model's files available in the user's cache, {@code .cache/hydra} in the home directory. Files that are on
     * disk already, because the resources are no jar or an earlier call has copied them, stay where they are. Safe for use by
     * several threads and processes.
     *
     * @throws UncheckedIOException if the cache cannot be written
     */
    public static DemoModel extract() {
        return extract(Path.of(System.getProperty("user.home"), ".cache", "hydra"));
    }

    /**
     * Makes the model's files available in a cache of the caller's choice, otherwise like {@link #extract()}.
     *
     * @param cache a folder, made where it is missing; each version of the model has a folder of its own in it
     * @throws UncheckedIOException if the cache cannot be written
     */
    public static DemoModel extract(Path cache) {
        return extract(DemoModel.class::getResource, cache);
    }

    static DemoModel extract(Function<String, @Nullable URL> resources, Path cache) {
        try {
            Map<String, URL> files = locate(resources);
            Path folder = plainFolder(files);
            if (folder == null) {
                folder = cache.resolve("demo-model-" + version(files));
                copy(files, folder);
            }
            return new DemoModel(
                    folder.resolve(MODEL),
                    folder.resolve(HEADS),
                    folder.resolve(MEDUSA),
                    folder.resolve(HYDRA_PLUS_PLUS));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot copy the demo model into " + cache, e);
        }
    }

    private static Map<String, URL> locate(Function<String, @Nullable URL> resources) {
        Map<String, URL> files = new LinkedHashMap<>();
        for (String file : FILES) {
            URL resource = resources.apply(file);
            if (resource == null) {
                throw new IllegalStateException(
                        "resource dev/hydra/demo/%s is missing; hydra-demo-model is not whole".formatted(file));
            }
            files.put(file, resource);
        }
        return files;
    }

    /** The folder that holds all files as they are, or null if they are packed into something. */
    private static @Nullable Path plainFolder(Map<String, URL> files) {
        Path folder = null;
        for (Map.Entry<String, URL> file : files.entrySet()) {
            if (!file.getValue().getProtocol().equals("file")) {
                return null;
            }
            Path path = Path.of(uri(file.getValue()));
            Path above = path.resolve("../..").normalize();
            if (folder != null && !folder.equals(above)) {
                return null;
            }
            folder = above;
        }
        return folder;
    }

    private static URI uri(URL url) {
        try {
            return url.toURI();
        } catch (URISyntaxException e) {
            throw new IllegalStateException("resource address %s is no URI".formatted(url), e);
        }
    }

    /** Names the contents of all files, so that another version of the model goes to another folder. */
    private static String version(Map<String, URL> files) throws IOException {
        MessageDigest digest = sha256();
        byte[] buffer = new byte[1 << 16];
        for (Map.Entry<String, URL> file : files.entrySet()) {
            digest.update((file.getKey() + "\0").getBytes(StandardCharsets.UTF_8));
            try (InputStream content = file.getValue().openStream()) {
                for (int read = content.read(buffer); read >= 0; read = content.read(buffer)) {
                    digest.update(buffer, 0, read);
                }
            }
        }
        return HexFormat.of().formatHex(digest.digest(), 0, 8);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** Copies what is missing. A file appears whole or not at all, and all who copy it copy the same bytes. */
    private static void copy(Map<String, URL> files, Path folder) throws IOException {
        for (Map.Entry<String, URL> file : files.entrySet()) {
            Path target = folder.resolve(file.getKey());
            if (Files.exists(target)) {
                continue;
            }
            Files.createDirectories(target.getParent());
            Path part = Files.createTempFile(target.getParent(), "copy", ".part");
            try (InputStream content = file.getValue().openStream()) {
                Files.copy(content, part, StandardCopyOption.REPLACE_EXISTING);
                move(part, target);
            } finally {
                Files.deleteIfExists(part);
            }
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
