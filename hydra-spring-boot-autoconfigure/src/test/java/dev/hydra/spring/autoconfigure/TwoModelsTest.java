package dev.hydra.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.hydra.Hydra;
import dev.hydra.spring.Reciter;
import dev.hydra.spring.actuate.HydraEndpoint;
import dev.hydra.spring.actuate.HydraHealthIndicator;
import dev.hydra.spring.chat.HydraChatModel;
import dev.hydra.spring.chat.HydraChatOptions;
import dev.hydra.spring.metrics.HydraMeters;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.model.chat.client.autoconfigure.ChatClientAutoConfiguration;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;

/** Two models that an application opens itself, side by side in one context. */
class TwoModelsTest {

    @TempDir
    static Path folder;

    private final ApplicationContextRunner application = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    HydraEngineAutoConfiguration.class,
                    HydraLifecycleAutoConfiguration.class,
                    HydraChatAutoConfiguration.class,
                    HydraEndpointAutoConfiguration.class,
                    HydraHealthAutoConfiguration.class,
                    HydraMetricsAutoConfiguration.class,
                    ChatClientAutoConfiguration.class))
            .withBean(SimpleMeterRegistry.class)
            .withPropertyValues("management.endpoints.web.exposure.include=hydra");

    @Test
    void answerEachForItself() {
        application.withUserConfiguration(Two.class).run(context -> {
            assertThat(context).hasNotFailed();
            Map<String, HydraChatModel> models = context.getBeansOfType(HydraChatModel.class);
            assertThat(models).containsOnlyKeys("large", "small");
            assertThat(models.get("large").call("count: 0")).isEqualTo("12345");
            assertThat(models.get("small").call("count: 0")).isEqualTo("12");
        });
    }

    @Test
    void areCountedTogetherByMetersThatBothTell() {
        application.withUserConfiguration(Two.class).run(context -> {
            context.getBean("large", ChatModel.class).call("count: 0");
            context.getBean("small", ChatModel.class).call("count: 0");

            assertThat(context.getBean(MeterRegistry.class)
                            .get(HydraMeters.GENERATED_TOKENS)
                            .counter()
                            .count())
                    .isEqualTo(5 + 2);
        });
    }

    @Test
    void haveNeitherEndpointNorHealthUntilOneIsPrimary() {
        application
                .withUserConfiguration(Two.class)
                .run(context -> assertThat(context)
                        .hasNotFailed()
                        .doesNotHaveBean(HydraEndpoint.class)
                        .doesNotHaveBean(HydraHealthIndicator.class));
        application
                .withUserConfiguration(OneIsPrimary.class)
                .run(context -> assertThat(context.getBean(HydraEndpoint.class)
                                .report()
                                .cache()
                                .rows())
                        .isEqualTo(3));
    }

    @Test
    void canShareThePlaceOfTheOneChatModelWhenOneIsPrimary() {
        application
                .withUserConfiguration(OneIsPrimary.class)
                .run(context -> assertThat(context.getBean(ChatClient.Builder.class)
                                .build()
                                .prompt("count: 0")
                                .call()
                                .content())
                        .isEqualTo("12345"));
    }

    @Test
    void areClosedWithTheContext() {
        List<HydraChatModel> models = new ArrayList<>();
        application
                .withUserConfiguration(Two.class)
                .run(context -> models.addAll(
                        context.getBeansOfType(HydraChatModel.class).values()));

        assertThat(models)
                .hasSize(2)
                .allSatisfy(model -> assertThatIllegalStateException()
                        .isThrownBy(() -> model.call("say x"))
                        .withMessageContaining("closed"));
    }

    // tag::two-models[]
    @Configuration(proxyBeanMethods = false)
    static class Two {

        @Bean
        Hydra largeEngine(HydraMeters meters) {
            return Hydra.open(Reciter.options(folder).rows(3).listener(meters).build());
        }

        @Bean
        Hydra smallEngine(HydraMeters meters) {
            return Hydra.open(Reciter.options(folder).rows(1).listener(meters).build());
        }

        @Bean
        HydraChatModel large(@Qualifier("largeEngine") Hydra engine) {
            return HydraChatModel.builder(engine)
                    .options(HydraChatOptions.builder().maxTokens(5).build())
                    .build();
        }

        @Bean
        HydraChatModel small(@Qualifier("smallEngine") Hydra engine) {
            return HydraChatModel.builder(engine)
                    .options(HydraChatOptions.builder().maxTokens(2).build())
                    .build();
        }
    }
    // end::two-models[]

    @Configuration(proxyBeanMethods = false)
    static class OneIsPrimary {

        @Bean
        @Primary
        Hydra largeEngine() {
            return Hydra.open(Reciter.options(folder).rows(3).build());
        }

        @Bean
        Hydra smallEngine() {
            return Hydra.open(Reciter.options(folder).rows(1).build());
        }

        @Bean
        @Primary
        HydraChatModel large(Hydra engine) {
            return HydraChatModel.builder(engine)
                    .options(HydraChatOptions.builder().maxTokens(5).build())
                    .build();
        }

        @Bean
        HydraChatModel small(@Qualifier("smallEngine") Hydra engine) {
            return HydraChatModel.builder(engine).build();
        }
    }
}
