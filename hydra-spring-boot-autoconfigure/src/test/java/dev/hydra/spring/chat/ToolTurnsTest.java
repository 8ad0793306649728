package dev.hydra.spring.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hydra.text.ChatMessage;
import dev.hydra.text.ChatTemplate;
import dev.hydra.text.ChatTemplateException;
import dev.hydra.text.Conversation;
import dev.hydra.text.ToolCall;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.ai.tool.definition.ToolDefinition;

/** How conversations with tools are written, by templates that know much or nothing of them. */
class ToolTurnsTest {

    private static final OfferedTools TOOLS = OfferedTools.of(List.of(ToolDefinition.builder()
            .name("look")
            .description("Looks")
            .inputSchema("{\"$schema\": \"x\", \"type\": \"object\", \"properties\": {\"at\": {\"type\": \"string\"}}}")
            .build()));
    private static final ToolCall FIRST = new ToolCall("1", "look", Map.of("at", "a"));
    private static final ToolCall SECOND = new ToolCall("2", "look", Map.of("at", "b"));
    private static final List<ChatMessage> TURNS = List.of(
            new ChatMessage("user", "What?"),
            new ChatMessage("assistant", "").calling(List.of(FIRST, SECOND)),
            ChatMessage.result(SECOND, "rain"),
            ChatMessage.result(FIRST, "sun"));

    @TempDir
    Path folder;

    @Test
    void findsTheFormatThatATemplateWrites() throws IOException {
        assertThat(syntax(Weather.HERMES)).isEqualTo(new HermesCalls());
        assertThat(syntax(Weather.LLAMA)).isEqualTo(new LlamaCalls());
        assertThat(syntax(Weather.MISTRAL)).isEqualTo(new MistralCalls());
        assertThat(syntax(Weather.PLAIN)).isEqualTo(new JsonCalls());
        // offers tools, and writes calls in a way of its own
        assertThat(syntax(
                        "{{ tools }}{% for m in messages %}{{ m.content }}{% if m.tool_calls %}<|call|>{{ m.tool_calls }}"
                                + "{% endif %}{% endfor %}"))
                .isEqualTo(new JsonCalls());
        // mentions the format, but for another conversation than ours
        assertThat(syntax("{% if documents %}<tool_call>{% endif %}{{ messages[0].content }}"))
                .isEqualTo(new JsonCalls());
    }

    @ParameterizedTest
    @CsvSource({
        "qwen2.5-7b-instruct, HERMES",
        "qwen3-0.6b, HERMES",
        "hermes-tools, HERMES",
        "mistral-7b-instruct-v0.3, MISTRAL",
        "mistral-nemo-instruct-2407, MISTRAL",
        "mistral-7b-instruct-v0.1, JSON",
        "granite-3.3-2b-instruct, JSON",
        "deepseek-r1-distill-qwen, JSON",
        "vicuna-1.1, JSON",
        "phi-3.5-mini-instruct, JSON"
    })
    @EnabledIfSystemProperty(named = "hydra.families", matches = ".+", disabledReason = "asks for the texts of others")
    void findsTheFormatOfPublishedTemplates(String name, ToolFormat format) throws IOException {
        Files.writeString(folder.resolve("tokenizer_config.json"), "{\"bos_token\": \"<s>\", \"eos_token\": \"</s>\"}");
        Path file = Path.of(System.getProperty("hydra.families"), "chat", "templates", name + ".jinja");
        ChatTemplate template = ChatTemplate.choose(folder, file.toString()).orElseThrow();

        ToolTurns turns = ToolTurns.ofOffers(ToolFormat.AUTO, template);

        assertThat(turns.syntax().format()).isEqualTo(format);
        assertThat(template.render(turns.conversation(TURNS, TOOLS)))
                .contains("look", "Looks", "rain", "sun", "\"a\"", "\"b\"");
        assertThat(template.render(turns.ofHistory(template).conversation(TURNS, OfferedTools.none())))
                .contains("look", "rain", "sun", "\"a\"", "\"b\"")
                .doesNotContain("Looks");
    }

    @Test
    void followsEachCallByItsResultWhereATurnHasOneCall() throws IOException {
        ChatTemplate template = template(Weather.LLAMA);

        String written =
                template.render(ToolTurns.ofOffers(ToolFormat.AUTO, template).conversation(TURNS, TOOLS));

        assertThat(written)
                .endsWith("<|user|>What?<|assistant|>{\"name\": \"look\", \"parameters\": {\"at\": \"a\"}}<|tool|>sun"
                        + "<|assistant|>{\"name\": \"look\", \"parameters\": {\"at\": \"b\"}}<|tool|>rain");
        Conversation asItIs = Conversation.of(TURNS).withTools(TOOLS.definitions());
        assertThatThrownBy(() -> template.render(asItIs)).isInstanceOf(ChatTemplateException.class);
    }

    @Test
    void makesIdsThatMistralsTemplatesTake() throws IOException {
        ChatTemplate template = template(Weather.MISTRAL);
        ToolTurns turns = ToolTurns.ofOffers(ToolFormat.AUTO, template);

        String written = template.render(turns.conversation(TURNS, TOOLS));

        String first = new MistralCalls().id("1");
        assertThat(first).matches("[a-z0-9]{9}").isNotEqualTo(new MistralCalls().id("2"));
        assertThat(written).contains("\"id\": \"" + first + "\"", "\"call_id\": \"" + first + "\"");
        assertThat(new MistralCalls().id("a1B2c3D4e")).isEqualTo("a1B2c3D4e");
    }

    @Test
    void describesToolsAndFormatWhereTheTemplateDoesNot() throws IOException {
        ChatTemplate template = template(Weather.PLAIN);
        ToolTurns turns = ToolTurns.ofOffers(ToolFormat.AUTO, template);

        assertThat(template.render(turns.conversation(TURNS, TOOLS))).isEqualTo("""
                <|system|>You may use these tools, each described by a JSON object:
                {"name":"look","description":"Looks","parameters":{"type":"object","properties":{"at":{"type":"string"}}}}

                To call a tool, answer with a JSON object and nothing else:
                {"name": "the tool's name", "arguments": {"parameter": "value"}}
                To call several at once, answer with a list of such objects.
                Otherwise answer in words.\
                <|user|>What?\
                <|assistant|>[{"name":"look","arguments":{"at":"a"}}, {"name":"look","arguments":{"at":"b"}}]\
                <|user|>Result of the tool look:
                rain

                Result of the tool look:
                sun""");
    }

    @Test
    void describesToolsBehindTheSystemMessageOrInTheFirstTurn() throws IOException {
        List<ChatMessage> told = List.of(new ChatMessage("system", "be kind"), new ChatMessage("user", "What?"));
        ChatTemplate plain = template(Weather.PLAIN);
        ChatTemplate without = template(
                "{%- for m in messages -%}{%- if m.role == 'system' -%}{{ raise_exception('no') }}{%- endif -%}<|{{ m.role }}|>{{ m.content }}{%- endfor -%}");

        assertThat(plain.render(ToolTurns.ofOffers(ToolFormat.AUTO, plain).conversation(told, TOOLS)))
                .startsWith("<|system|>be kind\n\nYou may use these tools")
                .endsWith("Otherwise answer in words.<|user|>What?");
        assertThat(without.render(
                        ToolTurns.ofOffers(ToolFormat.AUTO, without).conversation(TURNS.subList(0, 1), TOOLS)))
                .startsWith("<|user|>You may use these tools")
                .endsWith("Otherwise answer in words.\n\nWhat?");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "HERMES | '<tool_call>\n{\"name\":\"look\",\"arguments\":{\"at\":\"a\"}}\n</tool_call>'",
                "LLAMA | {\"name\":\"look\",\"parameters\":{\"at\":\"a\"}}",
                "MISTRAL | [TOOL_CALLS] [{\"name\":\"look\",\"arguments\":{\"at\":\"a\"}}]",
                "JSON | {\"name\":\"look\",\"arguments\":{\"at\":\"a\"}}"
            })
    void writesAFormatThatTheTemplateDoesNotKnow(ToolFormat format, String call) throws IOException {
        ChatTemplate template = template(Weather.PLAIN);
        ToolTurns turns = ToolTurns.ofOffers(format, template);

        String written = template.render(turns.conversation(
                List.of(TURNS.get(0), new ChatMessage("assistant", "").calling(List.of(FIRST))), TOOLS));

        assertThat(written).contains(turns.syntax().instructions()).endsWith("<|assistant|>" + call);
        // what it tells the model to write, it can read
        CallScanner scanner = CallScanner.of(turns.syntax(), TOOLS.names(), "");
        assertThat(scanner.read(call + " ")).last().isInstanceOf(CallScanner.Piece.Calls.class);
    }

    private CallSyntax syntax(String template) throws IOException {
        return ToolTurns.ofOffers(ToolFormat.AUTO, template(template)).syntax();
    }

    private ChatTemplate template(String text) throws IOException {
        Path file = Files.writeString(folder.resolve("template.jinja"), text);
        return ChatTemplate.choose(folder, file.toString()).orElseThrow();
    }
}
