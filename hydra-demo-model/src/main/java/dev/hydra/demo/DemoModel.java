package dev.hydra.demo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The demo model as folders on disk. Its files are copied out of the class path, once per JVM, to a temporary folder that
 * the JVM removes when it ends: weights are mapped, and a jar cannot be mapped. Threads may share it.
 */
public final class DemoModel {

    private static final String MODEL = "hydra-demo";
    private static final String HEADS = "hydra-demo-heads";

    private static @Nullable Path folder;

    private DemoModel() {}

    /**
     * The folder of the base model: {@code config.json}, {@code model.safetensors}, the tokenizer and its chat format.
     *
     * @throws IllegalStateException if the files are not on the class path
     * @throws UncheckedIOException if they cannot be copied
     */
    public static Path model() {
        return folder().resolve(MODEL);
    }

    /**
     * The folder of the draft heads trained for the base model.
     *
     * @throws IllegalStateException if the files are not on the class path
     * @throws UncheckedIOException if they cannot be copied
     */
    public static Path heads() {
        return folder().resolve(HEADS);
    }

    private static synchronized Path folder() {
        Path known = folder;
        if (known != null) {
            return known;
        }
        try {
            Path fresh = Files.createTempDirectory("hydra-demo-model-");
            Runtime.getRuntime().addShutdownHook(new Thread(() -> remove(fresh), "hydra-demo-model-cleanup"));
            copy(resource("model/config.json"), fresh.resolve(MODEL));
            copy(resource("heads/config.json"), fresh.resolve(HEADS));
            folder = fresh;
            return fresh;
        } catch (IOException e) {
            throw new UncheckedIOException("the demo model cannot be copied to a temporary folder", e);
        }
    }

    private static URI resource(String name) {
        URL found = DemoModel.class.getResource(name);
        if (found == null) {
            throw new IllegalStateException(
                    "this build of hydra-demo-model has no dev/hydra/demo/%s; build it with the model's files in place"
                            .formatted(name));
        }
        try {
            return found.toURI();
        } catch (URISyntaxException e) {
            throw new IllegalStateException(
                    found + " is no URI; move the jar to a folder without special characters", e);
        }
    }

    /** Copies a file of the class path and its neighbours. */
    static void copy(URI file, Path target) throws IOException {
        if (file.getScheme().equals("file")) {
            copyNeighbours(Path.of(file), target);
            return;
        }
        try (FileSystem jar = FileSystems.newFileSystem(file, Map.of())) {
            String inside = file.toString().substring(file.toString().lastIndexOf('!') + 1);
            copyNeighbours(jar.getPath(inside), target);
        }
    }

    private static void copyNeighbours(Path file, Path target) throws IOException {
        Files.createDirectories(target);
        try (Stream<Path> files = Files.list(file.toAbsolutePath().normalize().getParent())) {
            for (Path each : files.filter(Files::isRegularFile).toList()) {
                Files.copy(each, target.resolve(each.getFileName().toString()));
            }
        }
    }

    private static void remove(Path folder) {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(each);
            }
        } catch (IOException e) {
            // Windows keeps files that are still mapped; they lie in the system's folder for temporary files
            folder.toFile().deleteOnExit();
        }
    }
}
