package dev.hydra.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hydra.spring.Reciter;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.openai.OpenAiChatModel;
import org.springframework.ai.openai.OpenAiChatOptions;
import org.springframework.test.context.ContextConfiguration;
import tools.jackson.databind.JsonNode;

/** Answers in the form that a client asks for, by a model that knows the alphabet alone. */
@ContextConfiguration(classes = OpenApplication.class)
class ResponseFormatTest extends ServedReciter {

    private static final String SCHEMA = """
            {"type": "object", "properties": {"sunny": {"type": "boolean"}, "wind": {"enum": ["none", "some"]}},
             "required": ["sunny", "wind"], "additionalProperties": false}""";

    record Weather(boolean sunny, Wind wind) {}

    enum Wind {
        NONE,
        SOME
    }

    @Test
    void keepsToASchema() throws Exception {
        for (boolean stream : new boolean[] {false, true}) {
            HttpResponse<String> response = post("""
                    {"messages": [{"role": "user", "content": "say abc"}], "stream": %s,
                     "response_format": {"type": "json_schema", "json_schema": {"name": "weather", "strict": true, "schema": %s}}}""".formatted(stream, SCHEMA));
            JsonNode weather = JSON.readTree(
                    stream
                            ? text(response)
                            : JSON.readTree(response.body())
                                    .at("/choices/0/message/content")
                                    .stringValue());

            assertThat(weather.propertyNames()).containsExactlyInAnyOrder("sunny", "wind");
            assertThat(weather.get("sunny").isBoolean()).isTrue();
            assertThat(weather.get("wind").stringValue()).isIn("none", "some");
        }
    }

    @Test
    void answersWithAJsonObject() throws Exception {
        HttpResponse<String> response = post("""
                {"messages": [{"role": "user", "content": "say abc"}], "max_tokens": 60,
                 "response_format": {"type": "json_object"}}""");

        JsonNode content = JSON.readTree(response.body()).at("/choices/0/message/content");
        assertThat(JSON.readTree(content.stringValue()).isObject()).isTrue();
    }

    @Test
    void refusesASchemaThatNobodyCanBeHeldTo() throws Exception {
        HttpResponse<String> response = post("""
                {"messages": [{"role": "user", "content": "say abc"}],
                 "response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": {"type": "number", "not": {"type": "integer"}}}}}""");

        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(JSON.readTree(response.body()).at("/error/type").stringValue())
                .isEqualTo("invalid_request_error");
    }

    @Test
    void fillsARecordOfAChatClientThatIsFarAway() {
        ChatClient chat = ChatClient.create(OpenAiChatModel.builder()
                .options(OpenAiChatOptions.builder()
                        .baseUrl("http://127.0.0.1:" + port + "/v1")
                        .apiKey("none")
                        .maxRetries(0)
                        .model(Reciter.NAME)
                        .build())
                .build());

        Weather weather =
                chat.prompt("say abc").call().entity(Weather.class, entity -> entity.useProviderStructuredOutput());

        assertThat(weather.wind()).isIn(List.of(Wind.values()));
    }
}
