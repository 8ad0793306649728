package dev.hydra.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoModelTest {

    private static final List<String> FILES = List.of(
            "hydra-demo/config.json",
            "hydra-demo/generation_config.json",
            "hydra-demo/model.safetensors",
            "hydra-demo/special_tokens_map.json",
            "hydra-demo/tokenizer.json",
            "hydra-demo/tokenizer_config.json",
            "hydra-demo-heads/config.json",
            "hydra-demo-heads/hydra_lm_head.safetensors",
            "hydra-demo-heads/tree.json",
            "hydra-demo-medusa/config.json",
            "hydra-demo-medusa/hydra_lm_head.safetensors",
            "hydra-demo-medusa/tree.json",
            "hydra-demo-plus/config.json",
            "hydra-demo-plus/hydra_lm_head.safetensors",
            "hydra-demo-plus/tree.json");

    @TempDir
    Path folder;

    @Test
    void usesPlainFilesWhereTheyLie() {
        DemoModel demo = DemoModel.extract(folder);
        assertThat(demo.model().resolve("config.json")).exists();
        assertThat(List.of(demo.heads(), demo.medusa(), demo.hydraPlusPlus()))
                .doesNotHaveDuplicates()
                .allSatisfy(heads -> assertThat(heads.resolve("tree.json")).exists());
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void copiesPackedFilesOnce() throws IOException {
        Path cache = folder.resolve("cache");
        try (URLClassLoader jar = jar("one", FILES)) {
            DemoModel demo = DemoModel.extract(jar::getResource, cache);
            assertThat(demo.heads().resolve("tree.json")).hasContent("one hydra-demo-heads/tree.json");
            assertThat(demo.medusa().resolve("tree.json")).hasContent("one hydra-demo-medusa/tree.json");
            assertThat(demo.hydraPlusPlus().resolve("tree.json")).hasContent("one hydra-demo-plus/tree.json");
            Path weights = demo.model().resolve("model.safetensors");
            var written = Files.getLastModifiedTime(weights);
            assertThat(DemoModel.extract(jar::getResource, cache)).isEqualTo(demo);
            assertThat(Files.getLastModifiedTime(weights)).isEqualTo(written);
        }
        assertThat(filesBelow(cache)).hasSize(FILES.size());
    }

    @Test
    void keepsVersionsApart() throws IOException {
        try (URLClassLoader one = jar("one", FILES);
                URLClassLoader two = jar("two", FILES)) {
            DemoModel first = DemoModel.extract(one::getResource, folder);
            DemoModel second = DemoModel.extract(two::getResource, folder);
            assertThat(first.model()).isNotEqualTo(second.model());
            assertThat(first.heads().resolve("tree.json")).hasContent("one hydra-demo-heads/tree.json");
            assertThat(second.heads().resolve("tree.json")).hasContent("two hydra-demo-heads/tree.json");
        }
    }

    @Test
    void letsSeveralCopyAtOnce() throws Exception {
        Path cache = folder.resolve("cache");
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try (URLClassLoader jar = jar("one", FILES)) {
            Callable<DemoModel> extract = () -> DemoModel.extract(jar::getResource, cache);
            List<Future<DemoModel>> demos =
                    threads.invokeAll(Stream.generate(() -> extract).limit(32).toList());
            for (Future<DemoModel> demo : demos) {
                assertThat(demo.get()).isEqualTo(demos.get(0).get());
            }
        } finally {
            threads.shutdown();
        }
        assertThat(filesBelow(cache)).hasSize(FILES.size());
    }

    @Test
    void namesAMissingFile() throws IOException {
        try (URLClassLoader jar = jar("one", FILES.subList(0, FILES.size() - 1))) {
            assertThatThrownBy(() -> DemoModel.extract(jar::getResource, folder))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("hydra-demo-plus/tree.json");
        }
    }

    private static List<Path> filesBelow(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile).toList();
        }
    }

    private URLClassLoader jar(String version, List<String> files) throws IOException {
        Path jar = folder.resolve(version + ".jar");
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
            for (String file : files) {
                out.putNextEntry(new JarEntry(file));
                out.write((version + " " + file).getBytes(StandardCharsets.UTF_8));
                out.closeEntry();
            }
        }
        return new URLClassLoader(new URL[] {jar.toUri().toURL()}, null);
    }
}
