package dev.hydra.sample;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hydra.Hydra;
import dev.hydra.decode.DecodeListener;
import dev.hydra.spring.Reciter;
import dev.hydra.spring.SlowSteps;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.micrometer.metrics.test.autoconfigure.AutoConfigureMetrics;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Bean;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@SpringBootTest(
        webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
        properties = {"hydra.chat.max-tokens=4000", "hydra.cache.rows=1", "hydra.scheduler.queue=2"})
@AutoConfigureMetrics
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SampleApplicationTest {

    private static final String FOR_EVER = "count: 0";
    private static final JsonMapper JSON = JsonMapper.shared();

    @TempDir
    static Path folder;

    private final HttpClient client = HttpClient.newHttpClient();

    @LocalServerPort
    private int port;

    @Autowired
    private Hydra hydra;

    @Autowired
    private MeterRegistry registry;

    @TestConfiguration(proxyBeanMethods = false)
    static class Paced {

        @Bean
        DecodeListener pace() {
            return new SlowSteps(Duration.ofMillis(4));
        }
    }

    @DynamicPropertySource
    static void reciter(DynamicPropertyRegistry properties) {
        properties.add("hydra.model.location", () -> Reciter.writeModel(folder).toString());
        properties.add(
                "hydra.heads.location", () -> Reciter.writeHeads(folder) + "," + Reciter.writeMedusaHeads(folder));
    }

    @Test
    void streamsAnAnswerWithItsOriginsAndDials() throws Exception {
        HttpResponse<String> response = ask("say abc");

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("content-type"))
                .hasValueSatisfying(type -> assertThat(type).startsWith("text/event-stream"));
        List<Event> events = events(response.body());
        List<Event> runs = events.subList(0, events.size() - 1);
        assertThat(runs).hasSizeGreaterThan(3).extracting(Event::name).containsOnly("runs");
        assertThat(text(runs)).isEqualTo("defghijklmnopqrstuvwxyz");
        assertThat(runs)
                .anySatisfy(event -> assertThat(event.data().get("runs").findValuesAsString("head"))
                        .containsSequence("1", "2", "3"));
        JsonNode latest = runs.get(runs.size() - 1).data();
        assertThat(latest.get("tokens").asLong()).isEqualTo("defghijklmnopqrstuvwxyz".length());
        assertThat(latest.get("steps").asLong()).isEqualTo(runs.size() - 1);
        assertThat(latest.get("acceptanceLength").asDouble()).isGreaterThan(1);

        Event done = events.get(events.size() - 1);
        assertThat(done.name()).isEqualTo("done");
        assertThat(done.data().get("finishReason").asString()).isEqualTo("stop");
        assertThat(done.data().get("tokens").asLong()).isEqualTo("defghijklmnopqrstuvwxyz".length() + 1);
        assertThat(done.data().get("steps").asLong()).isPositive();
        assertThat(done.data().get("acceptanceLength").asDouble()).isGreaterThan(1);
        assertThat(done.data().get("tokensPerSecond").asDouble()).isPositive();
    }

    @Test
    void answersInTheModeThatThePageAsksFor() throws Exception {
        Map<String, Double> lengths = new HashMap<>();
        for (String mode : List.of("plain", "medusa", "hydra")) {
            List<Event> events = events(send("""
                    {"message": "say abc", "mode": "%s", "temperature": 0}""".formatted(mode)).body());

            assertThat(text(events)).isEqualTo("defghijklmnopqrstuvwxyz");
            lengths.put(
                    mode,
                    events.get(events.size() - 1).data().get("acceptanceLength").asDouble());
        }
        assertThat(lengths.get("plain")).isEqualTo(1);
        assertThat(lengths.get("medusa")).isGreaterThan(2);
        assertThat(lengths.get("hydra")).isGreaterThan(2);
    }

    @Test
    void coloursNothingButTheBaseModelInPlainMode() throws Exception {
        assertThat(events(send("""
                {"message": "say abc", "mode": "plain"}""").body()))
                .filteredOn(event -> event.name().equals("runs"))
                .allSatisfy(event -> assertThat(event.data().get("runs").findValuesAsString("head"))
                        .containsOnly("0"));
    }

    @Test
    void drawsAtTheTemperatureThatThePageAsksFor() throws Exception {
        // so hot that the reciter says almost anything
        String hot = """
                {"message": "say abc", "temperature": 50}""";

        assertThat(text(events(send(hot).body()))).isNotEqualTo("defghijklmnopqrstuvwxyz");
    }

    @Test
    void saysWhyItRefusesATemperatureOrAMode() throws Exception {
        HttpResponse<String> cold = send("""
                {"message": "say abc", "temperature": -1}""");
        HttpResponse<String> unknown = send("""
                {"message": "say abc", "mode": "sideways"}""");

        assertThat(cold.statusCode()).isEqualTo(400);
        assertThat(JSON.readTree(cold.body()).get("detail").asString()).contains("temperature is -1.0");
        assertThat(unknown.statusCode()).isEqualTo(400);
    }

    @Test
    void tellsTheDraftTreesThatThePageAsksFor() throws Exception {
        List<Event> events = events(send("""
                {"message": "say abc", "trace": true}""").body());

        StringBuilder said = new StringBuilder("d");
        long steps = 0;
        for (Event event : events) {
            for (JsonNode tree : event.data().path("trees")) {
                steps++;
                JsonNode tokens = tree.get("tokens");
                assertThat(tokens.size()).isEqualTo(tree.get("parents").size());
                assertThat(tree.at("/parents/0").asInt()).isEqualTo(-1);
                assertThat(tree.at("/accepted/0").asInt()).isZero();
                for (int place = 1; place < tree.get("accepted").size(); place++) {
                    int node = tree.get("accepted").get(place).asInt();
                    assertThat(tree.get("parents").get(node))
                            .isEqualTo(tree.get("accepted").get(place - 1));
                    said.append(tokens.get(node).asString());
                }
                said.append(tree.get("bonus").isNull() ? "" : tree.get("bonus").asString());
            }
        }
        assertThat(said).hasToString("defghijklmnopqrstuvwxyz<|end|>");
        assertThat(steps)
                .isEqualTo(events.get(events.size() - 1).data().get("steps").asLong());
    }

    @Test
    void tellsNoTreesUnlessAsked() throws Exception {
        assertThat(events(ask("say abc").body()))
                .allSatisfy(
                        event -> assertThat(event.data().path("trees").size()).isZero());
    }

    @Test
    void remembersAConversationUntilItIsForgotten() throws Exception {
        String question = """
                {"message": "say vw", "conversation": "one"}""";
        long alone = promptTokens(question);
        long second = promptTokens(question);

        assertThat(alone).isEqualTo(1 + "say vw".length());
        assertThat(second).isEqualTo(alone + 1 + "xyz".length() + alone);
        assertThat(promptTokens("""
                {"message": "say vw", "conversation": "two"}""")).isEqualTo(alone);
        assertThat(promptTokens("""
                {"message": "say vw"}""")).isEqualTo(alone);

        HttpResponse<String> forgotten = client.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/api/conversations/one"))
                        .DELETE()
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(forgotten.statusCode()).isEqualTo(204);
        assertThat(promptTokens(question)).isEqualTo(alone);
    }

    @Test
    void tellsHowMuchTheModelRemembers() throws Exception {
        for (int before = 0; before < 3; before++) {
            Event first = events(send("""
                    {"message": "say vw", "conversation": "counted"}""").body()).get(0);

            assertThat(first.name()).isEqualTo("begun");
            assertThat(first.data().get("remembered").asInt()).isEqualTo(before);
        }
    }

    @Test
    void goesOnWithAConversationWhoseQuestionWasRefused() throws Exception {
        String tooLong = """
                {"message": "%s", "conversation": "refused"}""".formatted("a".repeat(5000));

        assertThat(send(tooLong).statusCode()).isEqualTo(400);
        assertThat(promptTokens("""
                {"message": "say vw", "conversation": "refused"}""")).isEqualTo(1 + "say vw".length());
    }

    @Test
    void letsThePageLoadFromNowhereElse() throws Exception {
        for (String path : List.of("/", "/app.js", "/api/about")) {
            assertThat(get(path).headers().firstValue("content-security-policy"))
                    .hasValueSatisfying(policy ->
                            assertThat(policy).startsWith("default-src 'none'").doesNotContain("http", "*", "unsafe"));
        }
    }

    @Test
    void takesBracesInAMessageAsText() throws Exception {
        assertThat(events(ask("{what} <is> {{ this }} x").body()))
                .extracting(Event::name)
                .containsExactly("runs", "runs", "done");
    }

    @Test
    void refusesABlankMessage() throws Exception {
        HttpResponse<String> response = ask("  ");

        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(response.headers().firstValue("content-type")).hasValue("application/problem+json");
        assertThat(JSON.readTree(response.body()).get("detail").asString()).contains("blank");
    }

    @Test
    void refusesABodyWithoutAMessage() throws Exception {
        assertThat(send("{}").statusCode()).isEqualTo(400);
        assertThat(send("not json").statusCode()).isEqualTo(400);
    }

    @Test
    void refusesAMessageLongerThanTheCache() throws Exception {
        HttpResponse<String> response = ask("a".repeat(5000));

        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(response.headers().firstValue("content-type")).hasValue("application/problem+json");
        assertThat(JSON.readTree(response.body()).get("detail").asString()).contains("4096");
    }

    @Test
    void stopsDecodingWhenThePageGoesAway() throws Exception {
        double cancelled = cancelled();
        try (Socket page = open(FOR_EVER)) {
            var in = new BufferedReader(new InputStreamReader(page.getInputStream(), StandardCharsets.UTF_8));
            String line = in.readLine();
            while (!line.contains("event:runs")) {
                line = in.readLine();
            }
        }

        assertThat(events(ask("say x").body())).extracting(Event::name).last().isEqualTo("done");
        assertThat(cancelled()).isEqualTo(cancelled + 1);
    }

    @Test
    void endsAnAnswerWhoseConversationAsksAgain() throws Exception {
        double cancelled = cancelled();
        long before = hydra.statistics().promptTokens();
        try (Stream<String> answer = client.send(
                        post("{\"message\": \"%s\", \"conversation\": \"hasty\"}".formatted(FOR_EVER)),
                        HttpResponse.BodyHandlers.ofLines())
                .body()) {
            Iterator<String> lines = answer.iterator();
            int steps = 0;
            while (steps < 5) {
                steps += lines.next().equals("event:runs") ? 1 : 0;
            }

            List<Event> next = events(send("""
                    {"message": "say vw", "conversation": "hasty"}""").body());

            assertThat(text(next)).isEqualTo("xyz");
            lines.forEachRemaining(line -> assertThat(line).doesNotContain("event:done"));
        }
        untilIdle();
        assertThat(cancelled()).isEqualTo(cancelled + 1);
        int questions = 1 + FOR_EVER.length() + 1 + "say vw".length();
        assertThat(hydra.statistics().promptTokens() - before - (1 + FOR_EVER.length()))
                .as("both questions, and between them what was said of an answer until then")
                .isGreaterThan(questions + 1 + 5);
    }

    @Test
    void saysThatItIsBusyWhenTheQueueIsFull() throws Exception {
        untilIdle();
        List<Socket> pages = new ArrayList<>();
        try {
            pages.add(open(FOR_EVER));
            while (hydra.active() == 0) {
                Thread.sleep(1);
            }
            pages.add(open(FOR_EVER));
            pages.add(open(FOR_EVER));
            while (hydra.queued() < 2) {
                Thread.sleep(1);
            }

            HttpResponse<String> response = ask("say x");

            assertThat(response.statusCode()).isEqualTo(503);
            assertThat(response.headers().firstValue("content-type")).hasValue("application/problem+json");
            assertThat(JSON.readTree(response.body()).get("detail").asString()).contains("2 of 2");
        } finally {
            for (Socket page : pages) {
                page.close();
            }
        }
        untilIdle();
        assertThat(ask("say x").statusCode()).isEqualTo(200);
    }

    @Test
    void answersSeveralPagesEachItsOwn() throws Exception {
        untilIdle();
        List<CompletableFuture<String>> answers = IntStream.range(0, 3)
                .mapToObj(page -> client.sendAsync(
                                question("say " + (char) ('v' + page)), HttpResponse.BodyHandlers.ofString())
                        .thenApply(HttpResponse::body))
                .toList();

        for (int page = 0; page < answers.size(); page++) {
            assertThat(text(events(answers.get(page).join()))).isEqualTo("wxyz".substring(page));
        }
    }

    @Test
    void answersClientsOfOpenAi() throws Exception {
        HttpResponse<String> response = client.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/v1/chat/completions"))
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString("""
                                {"messages": [{"role": "user", "content": "say abc"}]}"""))
                        .build(),
                HttpResponse.BodyHandlers.ofString());

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(JSON.readTree(response.body())
                        .at("/choices/0/message/content")
                        .asString())
                .isEqualTo("defghijklmnopqrstuvwxyz");
    }

    @Test
    void tellsThePageAboutTheModel() throws Exception {
        JsonNode about = JSON.readTree(get("/api/about").body());

        assertThat(about.get("model").asString()).isEqualTo(Reciter.NAME);
        assertThat(about.get("mode").asString()).isEqualTo("hydra");
        assertThat(about.get("modes").findValuesAsString("name")).containsExactly("plain", "medusa", "hydra");
        assertThat(about.get("modes").findValuesAsString("kind")).containsExactly("plain", "medusa", "hydra");
        assertThat(about.at("/modes/0/draftHeads").asInt()).isZero();
        assertThat(about.at("/modes/0/treeNodes").asInt()).isEqualTo(1);
        assertThat(about.at("/modes/2/draftHeads").asInt()).isEqualTo(Reciter.HEADS);
        assertThat(about.at("/modes/2/treeNodes").asInt()).isGreaterThan(1);
        assertThat(about.get("dataType").asString()).isEqualTo("float32");
        assertThat(about.get("device").asString()).isEqualTo("cpu");
        assertThat(about.get("positions").asInt()).isEqualTo(4096);
        assertThat(about.get("suggestions").size()).isPositive();
    }

    @Test
    void showsModelAndDialsAtTheEndpoint() throws Exception {
        ask("say abc");
        untilIdle();

        JsonNode hydra = JSON.readTree(get("/actuator/hydra").body());

        assertThat(hydra.at("/model/name").asString()).isEqualTo(Reciter.NAME);
        assertThat(hydra.at("/decoding/mode").asString()).isEqualTo("hydra");
        assertThat(hydra.at("/decoding/acceptance").asString()).isEqualTo("exact");
        assertThat(hydra.at("/decoding/drafters/1/kind").asString()).isEqualTo("medusa");
        assertThat(hydra.at("/cache/rows").asInt()).isEqualTo(1);
        assertThat(JSON.readTree(get("/actuator/hydra/cache").body())).isEqualTo(hydra.get("cache"));
        assertThat(get("/actuator/hydra/prompts").statusCode()).isEqualTo(404);
        assertThat(hydra.at("/latestAnswer/acceptanceLength").asDouble()).isGreaterThan(1);
        assertThat(hydra.at("/latestAnswer/tokensPerSecond").asDouble()).isPositive();
        assertThat(hydra.at("/latestAnswer/generatedTokens").asLong()).isEqualTo(24);
        assertThat(hydra.at("/lifetime/steps").asLong()).isPositive();
        assertThat(hydra.at("/lastMinute/depths/0/accepted").asLong()).isPositive();
        assertThat(hydra.toString()).doesNotContain(folder.toString()).doesNotContain("say abc");
    }

    @Test
    @Timeout(300)
    void hasTheMetersUnderTheirPrometheusNames() throws Exception {
        ask("say abc");
        untilIdle();
        // the observation of a stream ends a moment after its last event has left
        while (!get("/actuator/prometheus").body().contains("gen_ai_client_token_usage_total{")) {
            Thread.sleep(5);
        }

        assertThat(get("/actuator/prometheus").body())
                .contains("hydra_decoding_steps_total ")
                .contains("hydra_decoding_tokens_prompt_total ")
                .contains("hydra_decoding_tokens_generated_total ")
                .contains("hydra_decoding_tokens_drafted_total{depth=\"1\"}")
                .contains("hydra_decoding_tokens_accepted_total{depth=\"1\"}")
                .contains("hydra_decoding_step_seconds_count{phase=\"verify\"}")
                .contains("hydra_decoding_prefill_seconds_count ")
                .contains("hydra_acceptance_length_bucket{le=\"2.0\"}")
                .contains("hydra_requests_total{outcome=\"stop\"}")
                .contains("hydra_requests_active ")
                .contains("hydra_requests_queued ")
                .contains("hydra_cache_rows 1.0")
                .contains("gen_ai_server_time_to_first_token_seconds_bucket{")
                .contains("gen_ai_server_time_per_output_token_seconds_bucket{")
                .contains("gen_ai_server_request_duration_seconds_bucket{")
                .contains("gen_ai_client_operation_seconds_count{")
                .contains("gen_ai_client_token_usage_total{");
    }

    @Test
    void isHealthyAndSaysWhatDecodes() throws Exception {
        JsonNode health = JSON.readTree(get("/actuator/health").body());

        assertThat(health.get("status").asString()).isEqualTo("UP");
        assertThat(health.at("/components/hydra/status").asString()).isEqualTo("UP");
        assertThat(health.at("/components/hydra/details/model").asString()).isEqualTo(Reciter.NAME);
    }

    /** The engine is idle when everybody has heard of the last answer's end, the meters included. */
    private void untilIdle() throws InterruptedException {
        while (hydra.queued() + hydra.active() > 0) {
            Thread.sleep(1);
        }
    }

    private long promptTokens(String question) throws IOException, InterruptedException {
        untilIdle();
        long before = hydra.statistics().promptTokens();
        send(question);
        untilIdle();
        return hydra.statistics().promptTokens() - before;
    }

    private HttpResponse<String> ask(String message) throws IOException, InterruptedException {
        return client.send(question(message), HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> send(String body) throws IOException, InterruptedException {
        return client.send(post(body), HttpResponse.BodyHandlers.ofString());
    }

    private HttpRequest question(String message) {
        return post(JSON.writeValueAsString(new ChatController.Question(message, null, null, null, null)));
    }

    private HttpRequest post(String body) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/api/chat"))
                .header("Content-Type", "application/json")
                .header("Accept", "text/event-stream, application/problem+json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return client.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private double cancelled() {
        Counter counter =
                registry.find("hydra.requests").tag("outcome", "cancelled").counter();
        return counter == null ? 0 : counter.count();
    }

    /** A page of which only the connection matters: closing it is going away. */
    private Socket open(String message) throws IOException {
        String body = JSON.writeValueAsString(new ChatController.Question(message, null, null, null, null));
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.getOutputStream().write("""
                POST /api/chat HTTP/1.1\r
                Host: localhost\r
                Content-Type: application/json\r
                Accept: text/event-stream\r
                Content-Length: %d\r
                \r
                %s""".formatted(body.length(), body).getBytes(StandardCharsets.UTF_8));
        socket.getOutputStream().flush();
        return socket;
    }

    private static String text(List<Event> events) {
        StringBuilder text = new StringBuilder();
        for (Event event : events) {
            if (event.name().equals("runs")) {
                event.data()
                        .get("runs")
                        .forEach(run -> text.append(run.get("text").asString()));
            }
        }
        return text.toString();
    }

    private static List<Event> events(String stream) {
        List<Event> events = new ArrayList<>();
        for (String block : stream.strip().split("\n\n", -1)) {
            String[] lines = block.split("\n", -1);
            assertThat(lines).hasSize(2);
            events.add(new Event(
                    lines[0].substring("event:".length()), JSON.readTree(lines[1].substring("data:".length()))));
        }
        return events;
    }

    private record Event(String name, JsonNode data) {}
}
