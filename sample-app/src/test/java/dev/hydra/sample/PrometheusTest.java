package dev.hydra.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Asks a real Prometheus, which reads the sample application, every query of the page and of the dashboard. Only with
 * {@code -Dprometheus}, and where the program is on the path; {@code -Dprometheus.report=FILE} writes down what the queries gave.
 */
@EnabledIfSystemProperty(named = "prometheus", matches = ".*", disabledReason = "runs with -Dprometheus only")
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PrometheusTest {

    private static final JsonMapper JSON = JsonMapper.shared();
    private static final double ROUNDING = 1e-9;

    @TempDir
    static Path folder;

    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static RunningSample sample;
    private static Process prometheus;
    private static int port;

    @BeforeAll
    static void start() throws Exception {
        Optional<Path> program = program("prometheus");
        assumeTrue(program.isPresent(), "the program prometheus is not on the path; a package of that name has it");
        sample =
                new RunningSample(folder, "hydra.cache.rows=1", "hydra.scheduler.queue=2", "hydra.chat.max-tokens=300");
        sample.ask("say abc");
        port = freePort();
        Path configuration = Files.writeString(folder.resolve("prometheus.yml"), """
                global:
                  scrape_interval: 1s
                scrape_configs:
                  - job_name: hydra
                    metrics_path: /actuator/prometheus
                    static_configs:
                      - targets: ["127.0.0.1:%d"]
                """.formatted(sample.port()));
        prometheus = new ProcessBuilder(
                        program.get().toString(),
                        "--config.file=" + configuration,
                        "--storage.tsdb.path=" + folder.resolve("data"),
                        "--web.listen-address=127.0.0.1:" + port)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("prometheus.log").toFile())
                .start();
        for (int round = 0; round < 6; round++) {
            beBusy();
            Thread.sleep(1500);
        }
    }

    /** Everything that there are numbers for: answers in all modes, a waiting, a rejected, a cancelled and a refused one. */
    private static void beBusy() throws Exception {
        for (String mode : List.of("hydra", "medusa", "plain")) {
            sample.post("/api/chat", "{\"message\": \"say abc\", \"mode\": \"%s\"}".formatted(mode));
        }
        sample.post("/api/chat", "{\"message\": \"say abc\", \"temperature\": -1}");
        List<CompletableFuture<HttpResponse<String>>> crowd = new ArrayList<>();
        for (int caller = 0; caller < 5; caller++) {
            crowd.add(CompletableFuture.supplyAsync(() -> {
                try {
                    return sample.ask("count: 0");
                } catch (IOException | InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }));
        }
        for (CompletableFuture<HttpResponse<String>> caller : crowd) {
            caller.join();
        }
    }

    @AfterAll
    static void stop() throws InterruptedException {
        if (prometheus != null) {
            prometheus.destroy();
            prometheus.waitFor(10, TimeUnit.SECONDS);
        }
        if (sample != null) {
            sample.close();
        }
    }

    @Test
    void everyQueryReturnsNumbers() throws Exception {
        StringBuilder report = new StringBuilder();
        for (Queries.Query query : Queries.all()) {
            JsonNode answer = ask(query.promql());

            assertThat(answer.path("status").asString())
                    .as(query + ": " + answer)
                    .isEqualTo("success");
            JsonNode results = answer.at("/data/result");
            assertThat(results.size()).as(query + ": " + answer).isPositive();
            report.append(query.source()).append('\n').append(query.text()).append('\n');
            results.forEach(result -> {
                double value = Double.parseDouble(result.at("/value/1").asString());
                assertThat(value).as(query.toString()).isFinite();
                report.append("  ")
                        .append(result.get("metric"))
                        .append(' ')
                        .append(value)
                        .append('\n');
            });
        }
        String file = System.getProperty("prometheus.report");
        if (file != null) {
            Files.writeString(Path.of(file), report);
        }
    }

    @Test
    void theNumbersAreThoseOfTheEngine() throws Exception {
        Thread.sleep(2500); // two readings after the last answer

        assertThat(value("sum(hydra_decoding_tokens_generated_total)"))
                .isEqualTo((double) sample.hydra().statistics().generatedTokens());
        assertThat(value("1 + sum(hydra_decoding_tokens_accepted_total) / sum(hydra_decoding_steps_total)"))
                .isCloseTo(sample.hydra().statistics().acceptanceLength(), within(ROUNDING));
        assertThat(value("hydra_requests_total{outcome=\"rejected\"}")).isPositive();
    }

    @Test
    void theInstanceVariableOfTheDashboardHasAValue() throws Exception {
        HttpResponse<String> response = get("/api/v1/label/instance/values?match[]=hydra_cache_rows");

        assertThat(JSON.readTree(response.body()).get("data").size()).isEqualTo(1);
    }

    @Test
    void promtoolFindsNothingWrongWithHydrasMeters() throws Exception {
        Optional<Path> promtool = program("promtool");
        assumeTrue(promtool.isPresent(), "the program promtool is not on the path");
        Path served = Files.writeString(
                folder.resolve("served.txt"), sample.get("/actuator/prometheus").body());

        Process check = new ProcessBuilder(promtool.get().toString(), "check", "metrics")
                .redirectErrorStream(true)
                .redirectInput(served.toFile())
                .start();
        String complaints = new String(check.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        check.waitFor();

        assertThat(complaints.lines().filter(line -> line.startsWith("hydra_") || line.startsWith("gen_ai_server_")))
                .isEmpty();
        assertThat(complaints).doesNotContain("error while linting");
    }

    private static double value(String query) throws IOException, InterruptedException {
        return Double.parseDouble(ask(query).at("/data/result/0/value/1").asString());
    }

    private static JsonNode ask(String query) throws IOException, InterruptedException {
        return JSON.readTree(get("/api/v1/query?query=" + URLEncoder.encode(query, StandardCharsets.UTF_8))
                .body());
    }

    private static HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return CLIENT.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path.replace("[]", "%5B%5D")))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private static Optional<Path> program(String name) {
        return Arrays.stream(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1))
                .map(directory -> Path.of(directory, name))
                .filter(Files::isExecutable)
                .findFirst();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
