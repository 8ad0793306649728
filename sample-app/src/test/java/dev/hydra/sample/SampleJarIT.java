package dev.hydra.sample;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hydra.spring.Reciter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The application as the jar that is built of it, in a process of its own. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class SampleJarIT {

    /** What a process that SIGTERM ended ends with: 128 and the signal's number. */
    private static final int TERMINATED = 128 + 15;

    private static final Pattern PORT = Pattern.compile("Tomcat started on port (\\d+)");

    @TempDir
    Path folder;

    private final HttpClient browser = HttpClient.newHttpClient();

    @Test
    void answersWithWhatWasProcessedAheadOfTime() throws Exception {
        try (Application application = start(List.of("-Dspring.aot.enabled=true"), List.of())) {
            assertThat(application.printed()).contains("Starting AOT-processed SampleApplication");
            // it is ready a moment after it has said that it is started
            while (!get(application, "/actuator/health/readiness").equals("{\"status\":\"UP\"}")) {
                Thread.sleep(20);
            }
            assertThat(get(application, "/actuator/hydra")).contains("\"acceptanceLength\"");

            List<String> lines = ask(application, "What is a draft head?").toList();

            assertThat(lines).contains("event:done").doesNotContain("event:error");
        }
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "a process cannot be asked to end there")
    void finishesItsStreamsWhenItIsAskedToEnd() throws Exception {
        try (Application application = start(
                List.of(),
                List.of(
                        "--hydra.model.location=" + Reciter.writeModel(folder),
                        "--hydra.heads.location=none",
                        "--hydra.chat.max-tokens=4000",
                        "--spring.lifecycle.timeout-per-shutdown-phase=4m"))) {
            Iterator<String> lines = ask(application, "count: 0").iterator();
            String first = lines.next();

            application.process().destroy();

            awaitRefusal(application.port());
            List<String> rest = new ArrayList<>(List.of(first));
            lines.forEachRemaining(rest::add);
            assertThat(rest).filteredOn("event:runs"::equals).hasSizeGreaterThan(3000);
            assertThat(rest).contains("event:done").doesNotContain("event:error");
            assertThat(rest.get(rest.lastIndexOf("event:done") + 1)).contains("\"finishReason\":\"length\"");
            assertThat(application.process().waitFor()).isEqualTo(TERMINATED);
            assertThat(application.printed()).contains("Commencing graceful shutdown", "Graceful shutdown complete");
        }
    }

    /** Returns as soon as nobody can connect any more. */
    private static void awaitRefusal(int port) throws IOException, InterruptedException {
        while (true) {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                assertThat(socket.isConnected()).isTrue();
                Thread.sleep(1);
            } catch (ConnectException refusal) {
                return;
            }
        }
    }

    private Application start(List<String> options, List<String> arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx512m"));
        command.addAll(options);
        command.addAll(List.of("-jar", jar().toString(), "--server.port=0"));
        command.addAll(arguments);
        Path log = folder.resolve("log.txt");
        Application application = new Application(
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start(),
                log);
        while (!application.printed().contains("Started SampleApplication")) {
            assertThat(application.process().isAlive())
                    .as(application.printed())
                    .isTrue();
            Thread.sleep(20);
        }
        return application;
    }

    private static Path jar() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("target"))) {
            return files.filter(file -> file.getFileName().toString().matches("sample-app-.*\\.jar"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private Stream<String> ask(Application application, String message) throws IOException, InterruptedException {
        HttpResponse<Stream<String>> response = browser.send(
                HttpRequest.newBuilder(application.address("/api/chat"))
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString("{\"message\": \"%s\"}".formatted(message)))
                        .build(),
                HttpResponse.BodyHandlers.ofLines());
        assertThat(response.statusCode()).isEqualTo(200);
        return response.body();
    }

    private String get(Application application, String path) throws IOException, InterruptedException {
        return browser.send(
                        HttpRequest.newBuilder(application.address(path)).build(), HttpResponse.BodyHandlers.ofString())
                .body();
    }

    /** A process, and what it has printed so far. */
    private record Application(Process process, Path log) implements AutoCloseable {

        String printed() {
            try {
                return Files.readString(log, StandardCharsets.UTF_8);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        int port() {
            Matcher port = PORT.matcher(printed());
            assertThat(port.find()).as(printed()).isTrue();
            return Integer.parseInt(port.group(1));
        }

        URI address(String path) {
            return URI.create("http://127.0.0.1:" + port() + path);
        }

        @Override
        public void close() {
            process.destroyForcibly().onExit().join();
        }
    }
}
