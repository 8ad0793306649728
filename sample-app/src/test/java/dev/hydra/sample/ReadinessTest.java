package dev.hydra.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.hydra.HydraOptions;
import dev.hydra.spring.Reciter;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;

/** What a probe sees while the application starts, on a real web server. */
@Timeout(300)
@ExtendWith(OutputCaptureExtension.class)
class ReadinessTest {

    @TempDir
    static Path folder;

    private static final CountDownLatch opening = new CountDownLatch(1);
    private static final CountDownLatch opened = new CountDownLatch(1);

    @Test
    void isRefusedUntilTheModelIsOpen() throws Exception {
        int port = freePort();
        CompletableFuture<ConfigurableApplicationContext> application = CompletableFuture.supplyAsync(
                () -> application(ReadinessTest::slow).run("--server.port=" + port));
        opening.await();

        assertThatExceptionOfType(ConnectException.class).isThrownBy(() -> probe(port, "/actuator/health/readiness"));
        assertThat(application).isNotDone();

        opened.countDown();
        try (ConfigurableApplicationContext context = application.get()) {
            assertThat(context.isRunning()).isTrue();
            assertThat(probe(port, "/actuator/health/readiness")).isEqualTo("200 {\"status\":\"UP\"}");
            assertThat(probe(port, "/actuator/health/liveness")).isEqualTo("200 {\"status\":\"UP\"}");
        }
    }

    @Test
    void leavesAPortInUseToBoot(CapturedOutput output) throws IOException {
        try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThatException()
                    .isThrownBy(() -> application(() -> Reciter.options(folder).build())
                            .run("--server.port=" + other.getLocalPort()));

            assertThat(output)
                    .contains("APPLICATION FAILED TO START", "Port " + other.getLocalPort() + " was already in use")
                    .doesNotContain("Hydra cannot");
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static String probe(int port, String path) throws IOException, InterruptedException {
        HttpResponse<String> response = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        return response.statusCode() + " " + response.body();
    }

    /** The application with a model of the test's. */
    private static SpringApplicationBuilder application(Supplier<HydraOptions> model) {
        return new SpringApplicationBuilder(SampleApplication.class)
                .initializers(context -> ((GenericApplicationContext) context).registerBean(HydraOptions.class, model));
    }

    /** A model that takes as long to open as the test likes. */
    private static HydraOptions slow() {
        opening.countDown();
        try {
            opened.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        return Reciter.options(folder).build();
    }
}
