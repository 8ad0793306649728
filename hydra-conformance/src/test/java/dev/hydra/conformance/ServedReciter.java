package dev.hydra.conformance;

import dev.hydra.Hydra;
import dev.hydra.spring.Reciter;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** An application on a port of its own that serves {@link Reciter}. */
@SpringBootTest(
        webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
        properties = {
            "server.address=127.0.0.1",
            "hydra.openai.enabled=true",
            "hydra.device=cpu",
            "hydra.chat.max-tokens=4000",
            "hydra.cache.rows=1",
            "hydra.scheduler.queue=2"
        })
abstract class ServedReciter {

    static final JsonMapper JSON = JsonMapper.shared();

    /** What the reciter never comes to an end of. */
    static final String FOR_EVER = "count: 0";

    @TempDir
    static Path folder;

    @LocalServerPort
    int port;

    @Autowired
    Hydra hydra;

    private final HttpClient client = HttpClient.newHttpClient();

    @DynamicPropertySource
    static void reciter(DynamicPropertyRegistry properties) {
        properties.add("hydra.model.location", () -> Reciter.writeModel(folder).toString());
        properties.add(
                "hydra.heads.location", () -> Reciter.writeHeads(folder) + "," + Reciter.writeMedusaHeads(folder));
    }

    URI uri(String path) {
        return URI.create("http://127.0.0.1:" + port + path);
    }

    HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return client.send(HttpRequest.newBuilder(uri(path)).build(), HttpResponse.BodyHandlers.ofString());
    }

    HttpResponse<String> post(String body) throws IOException, InterruptedException {
        return client.send(completion(body).build(), HttpResponse.BodyHandlers.ofString());
    }

    HttpRequest.Builder completion(String body) {
        return HttpRequest.newBuilder(uri("/v1/chat/completions"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body));
    }

    HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    /** A client of which only the connection matters: closing it is going away. */
    Socket open(String body) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.getOutputStream().write("""
                POST /v1/chat/completions HTTP/1.1\r
                Host: localhost\r
                Content-Type: application/json\r
                Content-Length: %d\r
                \r
                %s""".formatted(body.length(), body).getBytes(StandardCharsets.UTF_8));
        socket.getOutputStream().flush();
        return socket;
    }

    /** The data of every event of a stream. */
    static List<String> events(HttpResponse<String> response) {
        List<String> events = new ArrayList<>();
        for (String block : response.body().strip().split("\n\n", -1)) {
            if (!block.startsWith("data: ") || block.contains("\n")) {
                throw new AssertionError("an event is no single line of data: " + block);
            }
            events.add(block.substring("data: ".length()));
        }
        return events;
    }

    /** The text of a stream. */
    static String text(HttpResponse<String> response) {
        StringBuilder text = new StringBuilder();
        for (String event : events(response)) {
            if (!event.equals("[DONE]")) {
                JsonNode content = JSON.readTree(event).at("/choices/0/delta/content");
                text.append(content.isString() ? content.stringValue() : "");
            }
        }
        return text.toString();
    }

    /** The engine is idle when everybody has heard of the last answer's end, which is a moment after the answer. */
    @BeforeEach
    @Timeout(300)
    void untilIdle() throws InterruptedException {
        while (hydra.queued() + hydra.active() > 0) {
            Thread.sleep(1);
        }
    }
}
