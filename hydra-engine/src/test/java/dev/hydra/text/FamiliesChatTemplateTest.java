package dev.hydra.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.hydra.Families;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.time.Clock;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Published chat templates over conversations, byte for byte. The templates are other people's and not kept here: this runs with
 * {@code -Dhydra.families} and a folder that has them.
 */
class FamiliesChatTemplateTest {

    @TestFactory
    Stream<DynamicContainer> writesWhatTransformersWrites() throws IOException {
        assumeTrue(
                Files.isDirectory(Families.folder().resolve("chat/templates")),
                "no published templates; run with -Dhydra.families=DIR");
        return Families.names("chat").stream()
                .filter(name -> name.endsWith(".json") && !name.equals("features.json"))
                .map(FamiliesChatTemplateTest::cases);
    }

    private static DynamicContainer cases(String name) {
        JsonObject file = json(name);
        String text = read("chat/templates/"
                + Families.folder()
                        .resolve(file.get("template_file").getAsString())
                        .getFileName());
        return DynamicContainer.dynamicContainer(
                name,
                StreamSupport.stream(file.getAsJsonArray("cases").spliterator(), false)
                        .map(JsonElement::getAsJsonObject)
                        .map(one ->
                                DynamicTest.dynamicTest(one.get("id").getAsString(), () -> check(file, text, one))));
    }

    private static void check(JsonObject file, String text, JsonObject one) {
        Clock clock = file.has("now")
                ? Clock.fixed(
                        LocalDateTime.parse(file.get("now").getAsString()).toInstant(ZoneOffset.UTC), ZoneOffset.UTC)
                : Clock.systemUTC();
        ChatTemplate template = ChatTemplate.of(text, tokens(file), clock);
        if (one.has("expected")) {
            assertThat(template.render(variables(one)))
                    .isEqualTo(one.get("expected").getAsString());
            return;
        }
        JsonObject error = one.getAsJsonObject("expected_error");
        assertThatThrownBy(() -> template.render(variables(one)))
                .isInstanceOf(ChatTemplateException.class)
                .hasMessageStartingWith(
                        error.has("message")
                                ? "the chat template refuses the conversation: "
                                        + error.get("message").getAsString()
                                : "the chat template fails: ");
    }

    private static Map<String, Object> tokens(JsonObject file) {
        Map<String, Object> tokens = new HashMap<>();
        for (String token : List.of("bos_token", "eos_token")) {
            if (file.has(token) && !file.get(token).isJsonNull()) {
                tokens.put(token, file.get(token).getAsString());
            }
        }
        return tokens;
    }

    private static Map<String, Object> variables(JsonObject one) {
        Map<String, Object> variables = new HashMap<>();
        variables.put("messages", one.get("messages"));
        variables.put("tools", one.get("tools").isJsonNull() ? null : one.get("tools"));
        variables.put("documents", null);
        variables.put("add_generation_prompt", one.get("add_generation_prompt").getAsBoolean());
        if (one.has("variables")) {
            variables.putAll(one.getAsJsonObject("variables").asMap());
        }
        return variables;
    }

    private static JsonObject json(String name) {
        return JsonParser.parseString(read("chat/" + name)).getAsJsonObject();
    }

    private static String read(String file) {
        try {
            return Files.readString(Families.folder().resolve(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
