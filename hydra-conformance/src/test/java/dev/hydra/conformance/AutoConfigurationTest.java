package dev.hydra.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hydra.Hydra;
import dev.hydra.HydraOptions;
import dev.hydra.spring.Reciter;
import dev.hydra.spring.autoconfigure.HydraChatAutoConfiguration;
import dev.hydra.spring.autoconfigure.HydraEngineAutoConfiguration;
import dev.hydra.spring.autoconfigure.HydraOpenAiAutoConfiguration;
import dev.hydra.spring.autoconfigure.HydraOpenAiProperties;
import dev.hydra.spring.chat.HydraChatModel;
import dev.hydra.spring.openai.OpenAiController;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.ReactiveWebApplicationContextRunner;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.boot.web.server.servlet.context.ServletWebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Primary;
import org.springframework.web.bind.annotation.RestController;

/** Where there is an endpoint, where there is none, and what becomes of it when the engine is closed. */
class AutoConfigurationTest {

    private static final AutoConfigurations HYDRA = AutoConfigurations.of(
            HydraEngineAutoConfiguration.class, HydraChatAutoConfiguration.class, HydraOpenAiAutoConfiguration.class);
    private static final String ENABLED = "hydra.openai.enabled=true";

    @TempDir
    static Path folder;

    private final WebApplicationContextRunner servlets =
            new WebApplicationContextRunner().withConfiguration(HYDRA).withPropertyValues("hydra.device=cpu", model());

    private static String model() {
        return "hydra.model.location=" + Reciter.writeModel(folder);
    }

    @Test
    void isNotThereUnlessItIsAskedFor() {
        servlets.run(context -> assertThat(context).doesNotHaveBean(OpenAiController.class));
        servlets.withPropertyValues("hydra.openai.enabled=false")
                .run(context -> assertThat(context).doesNotHaveBean(OpenAiController.class));
    }

    @Test
    void isThereOnEitherKindOfServer() {
        servlets.withPropertyValues(ENABLED).run(context -> {
            assertThat(context).hasSingleBean(OpenAiController.class);
            assertThat(context.getBean(HydraOpenAiProperties.class).basePath()).isEqualTo("/v1");
        });
        new ReactiveWebApplicationContextRunner()
                .withConfiguration(HYDRA)
                .withPropertyValues("hydra.device=cpu", model(), ENABLED)
                .run(context -> assertThat(context).hasSingleBean(OpenAiController.class));
    }

    @Test
    void isNotThereWithoutAServer() {
        new ApplicationContextRunner()
                .withConfiguration(HYDRA)
                .withPropertyValues("hydra.device=cpu", model(), ENABLED)
                .run(context -> assertThat(context)
                        .hasSingleBean(HydraChatModel.class)
                        .doesNotHaveBean(OpenAiController.class));
    }

    @Test
    void isNotThereWithoutSpringsWebClasses() {
        new ApplicationContextRunner()
                .withConfiguration(HYDRA)
                .withClassLoader(new FilteredClassLoader(RestController.class))
                .withPropertyValues("hydra.device=cpu", model(), ENABLED)
                .run(context -> assertThat(context)
                        .hasSingleBean(HydraChatModel.class)
                        .doesNotHaveBean(OpenAiController.class));
    }

    @Test
    void isNotThereWhereAnotherProviderAnswers() {
        servlets.withPropertyValues(ENABLED, "spring.ai.model.chat=openai")
                .run(context -> assertThat(context).doesNotHaveBean(OpenAiController.class));
    }

    @Test
    void servesSeveralModelsByTheirNames() throws Exception {
        try (var context = started(TwoModels.class)) {
            int port = port(context);

            assertThat(get(port, "/v1/models").body()).contains("\"reciter\"").contains("\"parrot\"");
            assertThat(ask(port, "\"model\": \"parrot\", \"mode\": \"plain\"").body())
                    .contains("\"model\":\"parrot\"")
                    .contains("\"content\":\"yz\"");
            assertThat(ask(port, "\"mode\": \"plain\"").body())
                    .contains("model is missing; expected one of 'reciter' or 'parrot'");
        }
    }

    @Test
    void refusesTwoModelsOfOneName() {
        servlets.withPropertyValues(ENABLED)
                .withUserConfiguration(OneModelTwice.class)
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .hasMessageStartingWith("two chat models are called 'reciter'"));
    }

    @Test
    void answersBelowThePathThatIsSet() throws Exception {
        try (var context = started(OpenApplication.class, "hydra.openai.base-path=/api/llm")) {
            int port = port(context);

            assertThat(get(port, "/api/llm/models").body()).contains("\"reciter\"");
            assertThat(get(port, "/v1/models").statusCode()).isEqualTo(404);
        }
    }

    @Test
    void endsAStreamThatBreaksOffWithItsError() throws Exception {
        try (var context = started(OpenApplication.class, "hydra.chat.max-tokens=4000");
                Stream<String> lines = stream(port(context), "count: 0")) {
            Iterator<String> events = lines.filter(line -> !line.isEmpty()).iterator();
            while (!events.next().contains("\"content\":\"")) {
                Thread.onSpinWait();
            }
            context.getBean(Hydra.class).close();

            String last = events.next();
            while (events.hasNext()) {
                last = events.next();
            }
            assertThat(last).isEqualTo("""
                    data: {"error":{"message":"the server stopped before the answer was complete",\
                    "type":"server_error","param":null,"code":"shutting_down"}}""");
        }
    }

    private static Stream<String> stream(int port, String message) throws Exception {
        String body = """
                {"messages": [{"role": "user", "content": "%s"}], "stream": true}""".formatted(message);
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/v1/chat/completions"))
                                .header("Content-Type", "application/json; charset=utf-8")
                                .POST(HttpRequest.BodyPublishers.ofString(body))
                                .build(),
                        HttpResponse.BodyHandlers.ofLines())
                .body();
    }

    private static ConfigurableApplicationContext started(Class<?> application, String... properties) {
        return new SpringApplicationBuilder(application)
                .properties(ENABLED, "hydra.device=cpu", model(), "server.address=127.0.0.1", "server.port=0")
                .properties(properties)
                .run();
    }

    private static int port(ConfigurableApplicationContext context) {
        return Objects.requireNonNull(((ServletWebServerApplicationContext) context).getWebServer())
                .getPort();
    }

    private static HttpResponse<String> get(int port, String path) throws Exception {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
    }

    private static HttpResponse<String> ask(int port, String fields) throws Exception {
        String body = """
                {"messages": [{"role": "user", "content": "say x"}], %s}""".formatted(fields);
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/v1/chat/completions"))
                                .header("Content-Type", "application/json; charset=utf-8")
                                .POST(HttpRequest.BodyPublishers.ofString(body))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
    }

    @Configuration(proxyBeanMethods = false)
    static class OneModelTwice {

        @Bean
        HydraChatModel one(Hydra hydra) {
            return HydraChatModel.builder(hydra).build();
        }

        @Bean
        HydraChatModel other(Hydra hydra) {
            return HydraChatModel.builder(hydra).build();
        }
    }

    @Configuration(proxyBeanMethods = false)
    @Import(OpenApplication.class)
    static class TwoModels {

        @Bean
        @Primary
        Hydra reciter() {
            return Reciter.open(folder);
        }

        @Bean
        Hydra parrot() throws IOException {
            Path elsewhere = Files.createDirectories(folder.resolve("elsewhere"));
            Path parrot = Files.move(Reciter.writeModel(elsewhere), elsewhere.resolve("parrot"));
            return Hydra.open(HydraOptions.builder(parrot).device("cpu").build());
        }

        @Bean
        HydraChatModel first(@Qualifier("reciter") Hydra hydra) {
            return HydraChatModel.builder(hydra).build();
        }

        @Bean
        HydraChatModel second(@Qualifier("parrot") Hydra hydra) {
            return HydraChatModel.builder(hydra).build();
        }
    }
}
