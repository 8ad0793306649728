package dev.hydra.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.Socket;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.web.server.reactive.context.ReactiveWebServerApplicationContext;
import org.springframework.context.ApplicationContext;
import org.springframework.test.context.ContextConfiguration;
import org.springframework.test.context.TestPropertySource;

/** The same endpoint in a reactive application. */
@ContextConfiguration(classes = OpenApplication.class)
@TestPropertySource(properties = "spring.main.web-application-type=reactive")
class WebFluxTest extends ServedReciter {

    @Autowired
    private ApplicationContext application;

    @Test
    void runsOnAReactiveServer() {
        assertThat(application).isInstanceOf(ReactiveWebServerApplicationContext.class);
    }

    @Test
    void answersInOnePiece() throws Exception {
        HttpResponse<String> response = post("""
                {"messages": [{"role": "user", "content": "say é Z"}]}""");

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("content-type")).hasValue("application/json");
        assertThat(JSON.readTree(response.body())
                        .at("/choices/0/message/content")
                        .stringValue())
                .isEqualTo("é");
    }

    @Test
    void streams() throws Exception {
        HttpResponse<String> response = post("""
                {"messages": [{"role": "user", "content": "say abc"}], "stream": true}""");

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("content-type"))
                .hasValueSatisfying(type -> assertThat(type).startsWith("text/event-stream"));
        assertThat(text(response)).isEqualTo("defghijklmnopqrstuvwxyz");
        assertThat(events(response)).endsWith("[DONE]");
    }

    @Test
    void saysWhyItRefuses() throws Exception {
        String tooLong = """
                {"messages": [{"role": "user", "content": "%s"}], "stream": %s}""";
        for (boolean stream : new boolean[] {false, true}) {
            HttpResponse<String> response = post(tooLong.formatted("a".repeat(5000), stream));

            assertThat(response.statusCode()).isEqualTo(400);
            assertThat(response.headers().firstValue("content-type")).hasValue("application/json");
            assertThat(JSON.readTree(response.body()).at("/error/code").stringValue())
                    .isEqualTo("context_length_exceeded");
        }
        assertThat(post("not json").statusCode()).isEqualTo(400);
        assertThat(post("").statusCode()).isEqualTo(400);
    }

    @Test
    void listsItsModels() throws Exception {
        assertThat(JSON.readTree(get("/v1/models").body()).at("/data/0/id").stringValue())
                .isEqualTo("reciter");
        assertThat(get("/v1/models/reciter").statusCode()).isEqualTo(200);
        assertThat(get("/v1/models/owner/other").statusCode()).isEqualTo(404);
    }

    @Test
    @Timeout(300)
    void stopsDecodingWhenAStreamsClientGoesAway() throws Exception {
        long before = hydra.statistics().generatedTokens();
        try (Socket client = open("""
                {"messages": [{"role": "user", "content": "%s"}], "stream": true, "mode": "plain"}""".formatted(FOR_EVER))) {
            assertThat(client.getInputStream().read()).isPositive();
        }
        untilIdle();

        assertThat(hydra.statistics().generatedTokens() - before).isBetween(1L, 3999L);
    }
}
