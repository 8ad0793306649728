package dev.hydra.text.jinja;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.hydra.Families;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Clock;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Snippets of templates, with what transformers' own environment makes of them. */
class FamiliesTemplateFeaturesTest {
    static Stream<Snippet> snippets() throws IOException {
        JsonObject file = JsonParser.parseString(
                        Files.readString(Families.folder().resolve("chat/features.json")))
                .getAsJsonObject();
        return StreamSupport.stream(file.getAsJsonArray("cases").spliterator(), false)
                .map(element -> new Snippet(element.getAsJsonObject()));
    }

    @ParameterizedTest
    @MethodSource("snippets")
    void rendersASnippetAsPythonDoes(Snippet snippet) {
        JsonObject json = snippet.json();
        if (json.has("expected")) {
            assertThat(snippet.render()).isEqualTo(json.get("expected").getAsString());
        } else if (json.getAsJsonObject("expected_error").has("message")) {
            assertThatThrownBy(snippet::render)
                    .isInstanceOf(TemplateException.Raised.class)
                    .hasMessage(json.getAsJsonObject("expected_error")
                            .get("message")
                            .getAsString());
        } else {
            assertThatThrownBy(snippet::render).isInstanceOf(TemplateException.class);
        }
    }

    record Snippet(JsonObject json) {
        String id() {
            return json.get("id").getAsString();
        }

        String render() {
            Clock clock = json.has("now")
                    ? Clock.fixed(
                            LocalDateTime.parse(json.get("now").getAsString()).toInstant(ZoneOffset.UTC),
                            ZoneOffset.UTC)
                    : Clock.systemUTC();
            return Template.parse(json.get("template").getAsString())
                    .render(json.getAsJsonObject("variables").asMap(), clock);
        }

        @Override
        public String toString() {
            return id();
        }
    }
}
