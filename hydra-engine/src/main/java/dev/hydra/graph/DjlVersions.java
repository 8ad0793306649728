package dev.hydra.graph;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URL;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Properties;
import java.util.stream.Collectors;

/**
 * Which versions of DJL the class path has parts of. They have to be one; where they are not, some method is missing at some moment,
 * and nobody can tell why.
 */
final class DjlVersions {

    /** A library of DJL's that is needed here, and where its jar says of which version it is. */
    private record Library(String name, String resource, String key) {}

    /** A library that was found. */
    private record Part(Library library, String version, URL place) {
        String text() {
            return "%s %s (%s)".formatted(library.name(), version, place);
        }
    }

    private static final List<Library> LIBRARIES = List.of(
            new Library("ai.djl:api", "ai/djl/engine/api.properties", "djl_version"),
            new Library("ai.djl.pytorch:pytorch-engine", "pytorch-engine.properties", "djl_version"),
            new Library("ai.djl.huggingface:tokenizers", "native/lib/tokenizers.properties", "version"));

    private DjlVersions() {}

    /**
     * Demands that all parts of DJL are of one version.
     *
     * @throws DjlVersionException if they are not; it names them all
     */
    static void requireOne(ClassLoader classes) {
        List<Part> parts = LIBRARIES.stream()
                .flatMap(library -> find(library, classes).stream())
                .toList();
        if (parts.stream().map(Part::version).distinct().count() > 1) {
            throw new DjlVersionException(
                    "the class path has parts of several versions of DJL: %s; expected one version of all"
                            .formatted(parts.stream().map(Part::text).collect(Collectors.joining(", "))));
        }
    }

    private static List<Part> find(Library library, ClassLoader classes) {
        try {
            List<Part> parts = new ArrayList<>();
            for (URL place : Collections.list(classes.getResources(library.resource()))) {
                parts.add(new Part(library, version(library, place), place));
            }
            return parts;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** DJL's version; the tokenizers put that of the native library before it, with a hyphen. */
    private static String version(Library library, URL place) throws IOException {
        Properties properties = new Properties();
        try (InputStream in = place.openStream()) {
            properties.load(in);
        }
        String version = properties.getProperty(library.key(), "unknown");
        return version.substring(version.lastIndexOf('-') + 1);
    }
}
