package dev.hydra.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hydra.spring.Reciter;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.annotation.Configuration;

/** In a process of its own each: a libtorch that this one has loaded can't be loaded again. */
class LibtorchFailureAnalyzerTest {

    @TempDir
    Path folder;

    @Test
    void saysWhatIsWrongWithALibtorchThatCannotBeLoaded() throws Exception {
        Path library = folder.resolve(System.mapLibraryName("torch"));
        Files.createFile(library);

        assertThat(report(Map.of("PYTORCH_LIBRARY_PATH", folder.toString()), List.of()))
                .contains("Hydra cannot run its model: libtorch cannot be loaded")
                .contains(library.toString())
                .contains("PYTORCH_LIBRARY_PATH: " + folder)
                .contains("PYTORCH_FLAVOR: not set")
                .contains("ai.djl.pytorch:pytorch-native-cpu")
                .contains("PYTORCH_FLAVOR=cu128");
    }

    @Test
    void namesTheVersionsOfDjlWhereThereAreTwo() throws Exception {
        Path marks = Files.createDirectories(folder.resolve("ai/djl/engine"));
        Files.writeString(marks.resolve("api.properties"), "djl_version=0.26.0");

        assertThat(report(Map.of(), List.of(folder)))
                .contains("APPLICATION FAILED TO START")
                .contains("Hydra cannot run its model: the class path has parts of several versions of DJL")
                .contains("ai.djl:api 0.26.0 (file:")
                .contains("ai.djl.pytorch:pytorch-engine 0.36.0 (jar:")
                .contains("mvn dependency:tree -Dincludes=ai.djl");
    }

    private String report(Map<String, String> environment, List<Path> classes)
            throws IOException, InterruptedException {
        ProcessBuilder application = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                Stream.concat(classes.stream().map(Path::toString), Stream.of(System.getProperty("java.class.path")))
                        .collect(Collectors.joining(File.pathSeparator)),
                Application.class.getName(),
                Reciter.writeModel(folder).toString());
        application.environment().remove("PYTORCH_FLAVOR");
        application.environment().putAll(environment);
        Path output = folder.resolve("output.txt");
        int code = application
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start()
                .waitFor();
        assertThat(code).isNotZero();
        return Files.readString(output, StandardCharsets.UTF_8);
    }

    /** Starts Hydra on the model in the folder that it is given. */
    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration(HydraEngineAutoConfiguration.class)
    static class Application {
        public static void main(String[] arguments) {
            new SpringApplicationBuilder(Application.class)
                    .web(WebApplicationType.NONE)
                    .run("--hydra.model.location=" + arguments[0]);
        }
    }
}
