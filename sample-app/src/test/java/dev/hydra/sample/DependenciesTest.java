package dev.hydra.sample;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.engine.Engine;
import java.io.IOException;
import java.net.URL;
import java.util.Collections;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.springframework.boot.SpringBootVersion;

/** What an application gets that depends on the starter: the DJL starter of 2024 must not bring its own DJL along. */
class DependenciesTest {

    private static final String DJL = "0.36.0";
    private static final Pattern DJL_JAR = Pattern.compile(
            "/(api|pytorch-engine|pytorch-model-zoo|pytorch-jni|tokenizers|djl-[a-z-]+)-([0-9][^/]*)\\.jar");

    @Test
    void bringOneVersionOfDjl() throws IOException {
        List<URL> jars = Collections.list(getClass().getClassLoader().getResources("META-INF/MANIFEST.MF"));

        List<String> versions = jars.stream()
                .map(URL::toString)
                .filter(jar -> jar.contains("/ai/djl/"))
                .map(DJL_JAR::matcher)
                .filter(Matcher::find)
                .map(jar -> jar.group(1) + " " + jar.group(2))
                .toList();

        assertThat(versions)
                .contains("api " + DJL, "pytorch-engine " + DJL, "pytorch-model-zoo " + DJL, "tokenizers " + DJL)
                .contains("djl-spring-boot-starter-pytorch-auto 0.26")
                .allMatch(version -> version.endsWith(DJL) || version.startsWith("djl-spring-boot-starter"));
        assertThat(Engine.getDjlVersion()).isEqualTo(DJL);
    }

    @Test
    void keepTheVersionOfSpringBoot() {
        assertThat(SpringBootVersion.getVersion()).isEqualTo("4.1.2");
    }
}
