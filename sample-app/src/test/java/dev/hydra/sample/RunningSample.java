package dev.hydra.sample;

import dev.hydra.Hydra;
import dev.hydra.spring.Reciter;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Objects;
import java.util.stream.Stream;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.json.JsonMapper;

/** The sample application on the reciter and a port of its own, with the properties that a test wants. */
final class RunningSample implements AutoCloseable {

    private final HttpClient client = HttpClient.newHttpClient();
    private final ConfigurableApplicationContext context;
    private final int port;

    /**
     * @param folder     where the model is written
     * @param properties as {@code name=value}
     */
    RunningSample(Path folder, String... properties) {
        String[] arguments = Stream.concat(
                        Stream.of(
                                "server.port=0",
                                "logging.level.org.springframework.ai.chat.model.MessageAggregator=off",
                                "hydra.model.location=" + Reciter.writeModel(folder),
                                "hydra.heads.location=" + Reciter.writeHeads(folder) + ","
                                        + Reciter.writeMedusaHeads(folder)),
                        Stream.of(properties))
                .map("--%s"::formatted)
                .toArray(String[]::new);
        context = new SpringApplicationBuilder(SampleApplication.class).run(arguments);
        port = Integer.parseInt(Objects.requireNonNull(context.getEnvironment().getProperty("local.server.port")));
    }

    int port() {
        return port;
    }

    Hydra hydra() {
        return context.getBean(Hydra.class);
    }

    HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return send(request(path).GET());
    }

    HttpResponse<String> post(String path, String json) throws IOException, InterruptedException {
        return send(request(path)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(json)));
    }

    HttpResponse<String> delete(String path) throws IOException, InterruptedException {
        return send(request(path).DELETE());
    }

    /** Asks as the page does, and waits for the whole answer and for whoever counts it. */
    HttpResponse<String> ask(String message) throws IOException, InterruptedException {
        HttpResponse<String> answer = post("/api/chat", JsonMapper.shared().writeValueAsString(new Message(message)));
        while (hydra().queued() + hydra().active() > 0) {
            Thread.sleep(1);
        }
        return answer;
    }

    private record Message(String message) {}

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    @Override
    public void close() {
        context.close();
    }
}
