package dev.hydra.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Templates that do what published ones do, each in its own way, over conversations with tools, results, thoughts and documents. What
 * is expected was written by Python's jinja2 3.1.6 in the environment that transformers makes.
 */
class ChatTemplatesOfOursTest {

    @TestFactory
    Stream<DynamicTest> writesWhatPythonWrites() {
        JsonObject file = JsonParser.parseString(read("cases.json")).getAsJsonObject();
        Clock clock = Clock.fixed(
                LocalDateTime.parse(file.get("now").getAsString()).toInstant(ZoneOffset.UTC), ZoneOffset.UTC);
        return StreamSupport.stream(file.getAsJsonArray("cases").spliterator(), false)
                .map(JsonElement::getAsJsonObject)
                .map(one -> DynamicTest.dynamicTest(
                        one.get("template").getAsString() + ": " + one.get("id").getAsString(),
                        () -> check(one, clock)));
    }

    private static void check(JsonObject one, Clock clock) {
        ChatTemplate template = ChatTemplate.of(
                read(one.get("template").getAsString() + ".jinja"),
                Map.of("bos_token", "<s>", "eos_token", "</s>"),
                clock);
        if (one.has("expected")) {
            assertThat(template.render(conversation(one)))
                    .isEqualTo(one.get("expected").getAsString());
        } else {
            assertThatThrownBy(() -> template.render(conversation(one)))
                    .isInstanceOf(ChatTemplateException.class)
                    .hasMessage("the chat template refuses the conversation: "
                            + one.get("refused").getAsString());
        }
    }

    private static Conversation conversation(JsonObject one) {
        List<ChatMessage> messages = new ArrayList<>();
        one.getAsJsonArray("messages").forEach(message -> messages.add(message(message.getAsJsonObject())));
        Conversation conversation = Conversation.of(messages)
                .withTools(maps(one, "tools"))
                .with("add_generation_prompt", one.get("add_generation_prompt").getAsBoolean());
        JsonObject variables = one.getAsJsonObject("variables");
        for (String name : variables.keySet()) {
            conversation = name.equals("documents")
                    ? conversation.withDocuments(maps(variables, name))
                    : conversation.with(name, variables.get(name));
        }
        return conversation;
    }

    private static ChatMessage message(JsonObject json) {
        ChatMessage message = new ChatMessage(
                json.get("role").getAsString(), json.get("content").getAsString());
        List<ToolCall> calls = new ArrayList<>();
        for (String field : json.keySet()) {
            if (field.equals("tool_calls")) {
                json.getAsJsonArray(field).forEach(call -> calls.add(call(call.getAsJsonObject())));
            } else if (!field.equals("role") && !field.equals("content")) {
                message = message.with(field, json.get(field));
            }
        }
        return message.calling(calls);
    }

    private static ToolCall call(JsonObject json) {
        JsonObject function = json.getAsJsonObject("function");
        return new ToolCall(
                json.get("id").getAsString(),
                function.get("name").getAsString(),
                function.getAsJsonObject("arguments").asMap());
    }

    private static List<Map<String, JsonElement>> maps(JsonObject json, String name) {
        return StreamSupport.stream(json.getAsJsonArray(name).spliterator(), false)
                .map(element -> element.getAsJsonObject().asMap())
                .toList();
    }

    private static String read(String name) {
        try (InputStream stream = ChatTemplatesOfOursTest.class.getResourceAsStream("templates/" + name)) {
            return new String(Objects.requireNonNull(stream, name).readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
