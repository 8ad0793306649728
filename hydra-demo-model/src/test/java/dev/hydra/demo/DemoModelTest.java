package dev.hydra.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoModelTest {

    @TempDir
    Path folder;

    @Test
    void copiesAFileAndItsNeighboursOutOfAJar() throws IOException {
        Path jar = folder.resolve("a model.jar");
        try (OutputStream bytes = Files.newOutputStream(jar);
                ZipOutputStream zip = new ZipOutputStream(bytes)) {
            for (String name :
                    new String[] {"demo/model/config.json", "demo/model/weights", "demo/other/config.json"}) {
                zip.putNextEntry(new ZipEntry(name));
                zip.write(name.getBytes(StandardCharsets.UTF_8));
            }
        }

        DemoModel.copy(URI.create("jar:" + jar.toUri() + "!/demo/model/config.json"), folder.resolve("copy"));

        assertThat(folder.resolve("copy")).isDirectoryContaining("glob:**config.json");
        assertThat(folder.resolve("copy").toFile().list()).containsExactlyInAnyOrder("config.json", "weights");
        assertThat(folder.resolve("copy/weights")).hasContent("demo/model/weights");
    }

    @Test
    void copiesAFileAndItsNeighboursOutOfAFolder() throws IOException {
        Path original = Files.createDirectories(folder.resolve("model"));
        Files.writeString(original.resolve("config.json"), "{}");
        Files.writeString(original.resolve("weights"), "1");

        DemoModel.copy(original.resolve("config.json").toUri(), folder.resolve("copy"));

        assertThat(folder.resolve("copy").toFile().list()).containsExactlyInAnyOrder("config.json", "weights");
    }
}
