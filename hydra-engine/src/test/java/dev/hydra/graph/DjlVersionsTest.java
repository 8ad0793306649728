package dev.hydra.graph;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DjlVersionsTest {

    @TempDir
    Path folder;

    @Test
    void findsOneVersionHere() {
        assertThatCode(ModelGraph::requireLibraries).doesNotThrowAnyException();
    }

    @Test
    void namesAllPartsWhereThereAreTwoVersions() throws IOException {
        Path marks = Files.createDirectories(folder.resolve("ai/djl/engine"));
        Files.writeString(marks.resolve("api.properties"), "djl_version=0.26.0");
        try (URLClassLoader classes = new URLClassLoader(
                new URL[] {folder.toUri().toURL()}, getClass().getClassLoader())) {
            assertThatThrownBy(() -> DjlVersions.requireOne(classes))
                    .isInstanceOf(DjlVersionException.class)
                    .hasMessageContaining("parts of several versions of DJL")
                    .hasMessageContaining("ai.djl:api 0.26.0 (" + folder.toUri().toURL())
                    .hasMessageContaining("ai.djl:api 0.36.0 (jar:")
                    .hasMessageContaining("ai.djl.pytorch:pytorch-engine 0.36.0 (jar:")
                    .hasMessageContaining("ai.djl.huggingface:tokenizers 0.36.0 (jar:")
                    .hasMessageEndingWith("expected one version of all");
        }
    }

    @Test
    void readsTheTokenizersVersionBehindThatOfTheirLibrary() throws IOException {
        Path marks = Files.createDirectories(folder.resolve("native/lib"));
        Files.writeString(marks.resolve("tokenizers.properties"), "version=0.99.0-0.36.0");
        try (URLClassLoader classes = new URLClassLoader(
                new URL[] {folder.toUri().toURL()}, getClass().getClassLoader())) {
            assertThatCode(() -> DjlVersions.requireOne(classes)).doesNotThrowAnyException();
        }
    }
}
