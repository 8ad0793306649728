package com.example;

import static org.assertj.core.api.Assertions.assertThat;

import com.example.ReactiveApplication.Answer;
import dev.hydra.Hydra;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.core.ParameterizedTypeReference;
import org.springframework.http.codec.ServerSentEvent;
import org.springframework.web.reactive.function.client.WebClient;
import reactor.core.publisher.Flux;

@Timeout(120)
@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT)
class ReactiveApplicationTest {

    private static final Duration LONG = Duration.ofMinutes(1);
    private static final String QUESTION = "Tell me a story about a brave little fox.";

    @LocalServerPort
    private int port;

    @Autowired
    private Hydra engine;

    private WebClient browser;

    @BeforeEach
    void opensABrowser() {
        browser = WebClient.create("http://localhost:" + port);
    }

    @Test
    void streamsWhatItAnswers() {
        List<ServerSentEvent<Answer>> parts = stream().collectList().block(LONG);
        Answer whole = browser.get()
                .uri("/answer?question={question}", QUESTION)
                .retrieve()
                .bodyToMono(Answer.class)
                .block(LONG);

        assertThat(parts).hasSizeGreaterThan(2);
        assertThat(parts.stream().map(part -> part.data().text()).reduce("", String::concat))
                .isEqualTo(whole.text());
    }

    @Test
    void stopsDecodingWhenTheBrowserGoesAway() throws InterruptedException {
        stream().blockFirst(LONG);

        while (engine.active() > 0) {
            Thread.sleep(1);
        }
    }

    @Test
    void isHealthy() {
        Map<?, ?> health = browser.get()
                .uri("/actuator/health")
                .retrieve()
                .bodyToMono(Map.class)
                .block(LONG);

        assertThat(health.get("status")).isEqualTo("UP");
    }

    private Flux<ServerSentEvent<Answer>> stream() {
        return browser.get()
                .uri("/stream?question={question}", QUESTION)
                .retrieve()
                .bodyToFlux(new ParameterizedTypeReference<>() {});
    }
}
