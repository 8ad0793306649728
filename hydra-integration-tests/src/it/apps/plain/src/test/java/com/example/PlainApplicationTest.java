package com.example;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.ApplicationContext;
import org.springframework.util.ClassUtils;

@SpringBootTest
class PlainApplicationTest {

    @Autowired
    private ApplicationContext context;

    @Autowired
    private ChatModel model;

    @Autowired
    private ChatClient.Builder chat;

    @Test
    void hasNeitherActuatorNorWebNorLogback() {
        assertThat(List.of(
                        "org.springframework.boot.actuate.endpoint.annotation.Endpoint",
                        "org.springframework.boot.health.contributor.HealthIndicator",
                        "org.springframework.web.servlet.DispatcherServlet",
                        "org.springframework.web.reactive.DispatcherHandler",
                        "ch.qos.logback.classic.Logger"))
                .allSatisfy(absent -> assertThat(ClassUtils.isPresent(absent, null))
                        .as(absent)
                        .isFalse());
        assertThat(context.getBeanDefinitionNames()).noneMatch(name -> name.contains("hydraEndpoint"));
    }

    @Test
    void answers() {
        ChatResponse response = chat.build()
                .prompt("Tell me a story about a brave little fox.")
                .call()
                .chatResponse();

        assertThat(response.getResult().getOutput().getText()).hasSizeGreaterThan(20);
        assertThat(response.getMetadata().getUsage().getCompletionTokens()).isPositive();
    }

    @Test
    void streamsWhatItSays() {
        String question = "What is a draft head?";

        List<String> parts = model.stream(question).collectList().block();

        assertThat(parts).hasSizeGreaterThan(2);
        assertThat(String.join("", parts)).isEqualTo(model.call(question));
    }

    @Test
    void endsByItselfWhenItHasAnswered() throws Exception {
        Process application = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        PlainApplication.class.getName(),
                        "What is a draft head?")
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String said = new String(application.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(application.waitFor(1, TimeUnit.MINUTES)).isTrue();
        assertThat(application.exitValue()).isZero();
        assertThat(said.strip()).endsWith(model.call("What is a draft head?").strip());
    }
}
