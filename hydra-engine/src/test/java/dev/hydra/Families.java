package dev.hydra;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * Where the expected values of other model families lie: in the test resources, or in the folder that the system property
 * {@code hydra.families} names.
 */
public final class Families {
    private Families() {}

    /** The folder with the data. */
    public static Path folder() {
        String elsewhere = System.getProperty("hydra.families", "");
        if (!elsewhere.isEmpty()) {
            return Path.of(elsewhere);
        }
        try {
            URL here = Objects.requireNonNull(
                    Families.class.getResource("/families"), "no families' data among the resources");
            return Path.of(here.toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The names of what a folder of the data holds, in order. */
    public static List<String> names(String folder) {
        try (Stream<Path> files = Files.list(folder().resolve(folder))) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
