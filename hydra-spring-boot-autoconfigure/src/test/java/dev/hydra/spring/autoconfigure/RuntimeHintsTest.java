package dev.hydra.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hydra.spring.chat.HydraChatModel;
import dev.hydra.spring.metrics.HydraMeters;
import org.junit.jupiter.api.Test;
import org.springframework.aot.generate.ClassNameGenerator;
import org.springframework.aot.generate.DefaultGenerationContext;
import org.springframework.aot.generate.GeneratedFiles.Kind;
import org.springframework.aot.generate.InMemoryGeneratedFiles;
import org.springframework.aot.hint.predicate.RuntimeHintsPredicates;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.aot.ApplicationContextAotGenerator;
import org.springframework.javapoet.ClassName;

/** What {@code spring-boot:process-aot} makes of an application that uses Hydra; it needs no hints of ours. */
class RuntimeHintsTest {

    private final InMemoryGeneratedFiles files = new InMemoryGeneratedFiles();
    private final DefaultGenerationContext generation =
            new DefaultGenerationContext(new ClassNameGenerator(ClassName.get("com.example", "Application")), files);

    @Test
    void writesTheBeansAndOpensNoModel() {
        process();

        assertThat(files.getGeneratedFiles(Kind.SOURCE).keySet())
                .anyMatch(file -> file.endsWith("HydraEngineAutoConfiguration__BeanDefinitions.java"))
                .anyMatch(file -> file.endsWith("HydraLifecycleAutoConfiguration__BeanDefinitions.java"))
                .anyMatch(file -> file.endsWith("HydraChatAutoConfiguration__BeanDefinitions.java"))
                .anyMatch(file -> file.endsWith("HydraMetricsAutoConfiguration__BeanDefinitions.java"));
    }

    @Test
    void hintsAtThePropertiesThatAreBound() {
        process();

        assertThat(RuntimeHintsPredicates.reflection()
                        .onMethodInvocation(HydraProperties.class, "setDevice")
                        .test(generation.getRuntimeHints()))
                .isTrue();
        assertThat(RuntimeHintsPredicates.reflection()
                        .onMethodInvocation(HydraProperties.Chat.class, "setTemperature")
                        .test(generation.getRuntimeHints()))
                .isTrue();
    }

    private void process() {
        AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
        context.register(Application.class);
        new ApplicationContextAotGenerator().processAheadOfTime(context, generation);
        generation.writeGeneratedContent();
        assertThat(context.getBeanFactory().getSingletonNames())
                .doesNotContain("hydra", "hydraChatModel")
                .doesNotContain(HydraChatModel.class.getName(), HydraMeters.class.getName());
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {}
}
