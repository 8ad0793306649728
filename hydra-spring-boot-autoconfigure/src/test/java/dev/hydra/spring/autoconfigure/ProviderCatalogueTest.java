package dev.hydra.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hydra.Hydra;
import dev.hydra.HydraOptions;
import dev.hydra.spring.Reciter;
import dev.hydra.spring.chat.HydraChatModel;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.model.chat.client.autoconfigure.ChatClientAutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/**
 * The cases that the auto-configuration of every provider of Spring AI's is tried with, by the names that they have there. What is
 * Hydra's own is in {@link HydraAutoConfigurationTest}.
 */
class ProviderCatalogueTest {

    @TempDir
    static Path folder;

    private ApplicationContextRunner application;

    @BeforeEach
    void withTheReciter() {
        application = new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(
                        HydraEngineAutoConfiguration.class,
                        HydraLifecycleAutoConfiguration.class,
                        HydraChatAutoConfiguration.class,
                        ChatClientAutoConfiguration.class))
                .withPropertyValues(
                        "hydra.device=cpu",
                        "hydra.model.location=" + Reciter.writeModel(folder),
                        "hydra.heads.location=" + Reciter.writeHeads(folder));
    }

    @Test
    void propertiesTest() {
        application
                .withPropertyValues(
                        "hydra.cache.rows=2",
                        "hydra.chat.temperature=0.55",
                        "hydra.chat.max-tokens=123",
                        "hydra.chat.stop-sequences=boza,koza")
                .run(context -> {
                    HydraProperties properties = context.getBean(HydraProperties.class);
                    assertThat(properties.getCache().getRows()).isEqualTo(2);
                    assertThat(properties.getChat().getTemperature()).isEqualTo(0.55);
                    assertThat(properties.getChat().getMaxTokens()).isEqualTo(123);
                    assertThat(properties.getChat().getStopSequences()).containsExactly("boza", "koza");
                    assertThat(context.getBean(ChatModel.class).getOptions().getTemperature())
                            .isEqualTo(0.55);
                });
    }

    @Test
    void chatActivationNone() {
        application
                .withPropertyValues("spring.ai.model.chat=none")
                .run(context -> assertThat(context)
                        .hasNotFailed()
                        .doesNotHaveBean(HydraProperties.class)
                        .doesNotHaveBean(HydraOptions.class)
                        .doesNotHaveBean(Hydra.class)
                        .doesNotHaveBean(ChatModel.class));
    }

    @Test
    void chatActivationOther() {
        application
                .withPropertyValues("spring.ai.model.chat=openai")
                .run(context -> assertThat(context)
                        .hasNotFailed()
                        .doesNotHaveBean(Hydra.class)
                        .doesNotHaveBean(ChatModel.class));
    }

    @Test
    void chatActivationOwn() {
        application
                .withPropertyValues("spring.ai.model.chat=hydra")
                .run(context -> assertThat(context)
                        .hasSingleBean(HydraProperties.class)
                        .hasSingleBean(HydraChatModel.class)
                        .hasSingleBean(ChatModel.class));
    }

    @Test
    void chatActivationMissing() {
        application.run(context ->
                assertThat(context).hasSingleBean(HydraChatModel.class).hasSingleBean(ChatModel.class));
    }

    @Test
    void chatCompletion() {
        application.run(context ->
                assertThat(context.getBean(ChatModel.class).call("say abc")).isEqualTo("defghijklmnopqrstuvwxyz"));
    }

    @Test
    void chatCompletionStreaming() {
        application.run(context -> {
            List<ChatResponse> chunks = context.getBean(ChatModel.class).stream(new Prompt("say abc"))
                    .collectList()
                    .block();

            assertThat(chunks).hasSizeGreaterThan(1);
            assertThat(chunks.stream()
                            .map(chunk -> chunk.getResult().getOutput().getText())
                            .reduce("", String::concat))
                    .isEqualTo("defghijklmnopqrstuvwxyz");
        });
    }
}
