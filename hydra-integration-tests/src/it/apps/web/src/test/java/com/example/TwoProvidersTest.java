package com.example;

import static org.assertj.core.api.Assertions.assertThat;

import com.example.EchoChatAutoConfiguration.EchoChatModel;
import dev.hydra.Hydra;
import dev.hydra.spring.chat.HydraChatModel;
import org.junit.jupiter.api.Test;
import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.beans.factory.NoUniqueBeanDefinitionException;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Configuration;

/** Hydra and another provider on one class path; {@code spring.ai.model.chat} says which. */
class TwoProvidersTest {

    private final ApplicationContextRunner application =
            new ApplicationContextRunner().withUserConfiguration(Nothing.class);

    @Test
    void hydraAloneWhenItIsSelected() {
        application
                .withPropertyValues("spring.ai.model.chat=hydra")
                .run(context ->
                        assertThat(context).hasSingleBean(ChatModel.class).hasSingleBean(HydraChatModel.class));
    }

    @Test
    void theOtherAloneWhenItIsSelectedAndNoModelIsOpened() {
        application.withPropertyValues("spring.ai.model.chat=echo").run(context -> {
            assertThat(context).hasSingleBean(ChatModel.class).doesNotHaveBean(Hydra.class);
            assertThat(context.getBean(ChatClient.Builder.class)
                            .build()
                            .prompt("Hello")
                            .call()
                            .content())
                    .isEqualTo("Hello");
        });
    }

    @Test
    void bothByTheirTypesWhenNeitherIsSelected() {
        application.run(context -> {
            assertThat(context).hasNotFailed();
            String question = "What is a draft head?";
            assertThat(ChatClient.create(context.getBean(EchoChatModel.class))
                            .prompt(question)
                            .call()
                            .content())
                    .isEqualTo(question);
            assertThat(ChatClient.create(context.getBean(HydraChatModel.class))
                            .prompt(question)
                            .call()
                            .content())
                    .isNotBlank()
                    .isNotEqualTo(question);
            // the one builder cannot choose between them
            assertThat(org.assertj.core.api.Assertions.catchThrowable(() -> context.getBean(ChatClient.Builder.class)))
                    .hasRootCauseInstanceOf(NoUniqueBeanDefinitionException.class);
        });
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Nothing {}
}
