package dev.hydra.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import com.openai.models.chat.completions.ChatCompletionToolChoiceOption;
import dev.hydra.Hydra;
import dev.hydra.spring.Script;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.openai.OpenAiChatModel;
import org.springframework.ai.openai.OpenAiChatOptions;
import org.springframework.ai.support.ToolCallbacks;
import org.springframework.ai.tool.annotation.Tool;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.test.context.ContextConfiguration;
import tools.jackson.databind.JsonNode;

/** Tools that a client offers, by OpenAI's words, to a model that calls them. */
@ContextConfiguration(classes = ToolsTest.ScriptedApplication.class)
class ToolsTest extends ServedReciter {

    private static final String TOOLS = """
            "tools": [{"type": "function", "function": {"name": "multiply", "description": "Multiplies", "parameters":
             {"type": "object", "properties": {"one": {"type": "integer"}, "other": {"type": "integer"}}}}}]""";
    private static final String QUESTION = "{\"role\": \"user\", \"content\": \"How much is 6 times 8?\"}";

    @Test
    void asksTheClientForACall() throws Exception {
        JsonNode choice =
                answer("{\"messages\": [%s], %s}".formatted(QUESTION, TOOLS)).at("/choices/0");

        assertThat(choice.get("finish_reason").stringValue()).isEqualTo("tool_calls");
        assertThat(choice.at("/message/content").stringValue()).isEqualTo("I calculate.");
        assertThat(choice.at("/message/tool_calls").size()).isEqualTo(1);
        requireMultiplication(choice.at("/message/tool_calls/0"));
    }

    @Test
    void streamsACallInOnePieceAndNothingOfItAsText() throws Exception {
        HttpResponse<String> response = post("{\"stream\": true, \"messages\": [%s], %s}".formatted(QUESTION, TOOLS));

        List<JsonNode> choices = events(response).stream()
                .filter(event -> !event.equals("[DONE]"))
                .map(event -> JSON.readTree(event).at("/choices/0"))
                .toList();
        List<JsonNode> calls = choices.stream()
                .filter(choice -> choice.at("/delta").has("tool_calls"))
                .toList();
        assertThat(text(response).strip()).isEqualTo("I calculate.");
        assertThat(calls).hasSize(1);
        assertThat(calls.get(0).at("/delta/tool_calls/0/index").intValue()).isZero();
        requireMultiplication(calls.get(0).at("/delta/tool_calls/0"));
        assertThat(choices.get(choices.size() - 1).get("finish_reason").stringValue())
                .isEqualTo("tool_calls");
    }

    @Test
    void goesOnWithWhatTheClientFound() throws Exception {
        assertThat(content("""
                {"messages": [%s,
                  {"role": "assistant", "content": null, "tool_calls": [{"id": "c1", "type": "function",
                    "function": {"name": "multiply", "arguments": "{\\"one\\": 6, \\"other\\": 8}"}}]},
                  {"role": "tool", "tool_call_id": "c1", "content": "48"}], %s}""".formatted(QUESTION, TOOLS))).isEqualTo("6 times 8 is 48.");
    }

    @Test
    void answersInWordsWhereNoneMayBeCalled() throws Exception {
        assertThat(content("{\"messages\": [%s], \"tool_choice\": \"none\", %s}".formatted(QUESTION, TOOLS)))
                .isEqualTo("Fifty, or so, I guess");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"required\"",
                "{\"type\": \"function\", \"function\": {\"name\": \"weigh\"}}",
            })
    void callsAToolWhereOneHasToBeCalled(String choice) throws Exception {
        String request = """
                {"messages": [{"role": "user", "content": "How heavy is it?"}], "stream": %s, "parallel_tool_calls": false,
                 "tools": [{"type": "function", "function": {"name": "weigh", "strict": true, "parameters": {"type": "object",
                  "properties": {"unit": {"enum": ["kg", "lb"]}}, "required": ["unit"], "additionalProperties": false}}}],
                 "tool_choice": %s}""";
        JsonNode whole = answer(request.formatted(false, choice)).at("/choices/0");
        List<String> stream = events(post(request.formatted(true, choice)));

        assertThat(whole.get("finish_reason").stringValue()).isEqualTo("tool_calls");
        assertThat(whole.at("/message/tool_calls").size()).isEqualTo(1);
        JsonNode function = whole.at("/message/tool_calls/0/function");
        assertThat(function.get("name").stringValue()).isEqualTo("weigh");
        assertThat(function.get("arguments").stringValue()).isIn("{\"unit\": \"kg\"}", "{\"unit\": \"lb\"}");
        assertThat(stream)
                .filteredOn(event -> event.contains("tool_calls\":["))
                .singleElement()
                .satisfies(event -> assertThat(JSON.readTree(event)
                                .at("/choices/0/delta/tool_calls/0/function")
                                .toString())
                        .isEqualTo(function.toString()));
    }

    @Test
    void callsTheToolThatAClientNames() throws Exception {
        JsonNode choice = answer("""
                {"messages": [%s], "tools": [%s, %s], "tool_choice": {"type": "function", "function": {"name": "rest"}}}""".formatted(
                                QUESTION,
                                "{\"type\": \"function\", \"function\": {\"name\": \"multiply\"}}",
                                "{\"type\": \"function\", \"function\": {\"name\": \"rest\"}}"))
                .at("/choices/0");

        assertThat(choice.at("/message/tool_calls/0/function/name").stringValue())
                .isEqualTo("rest");
        assertThat(choice.at("/message/tool_calls/0/function/arguments").stringValue())
                .isEqualTo("{}");
    }

    @Test
    void callsAToolThatOpenAisClientDemands() {
        Calculator calculator = new Calculator();
        OpenAiChatModel model = OpenAiChatModel.builder()
                .options(OpenAiChatOptions.builder()
                        .baseUrl("http://127.0.0.1:" + port + "/v1")
                        .apiKey("none")
                        .maxRetries(0)
                        .model(Script.NAME)
                        .maxTokens(200)
                        .toolChoice(ChatCompletionToolChoiceOption.ofAuto(ChatCompletionToolChoiceOption.Auto.REQUIRED))
                        .toolCallbacks(ToolCallbacks.from(calculator))
                        .build())
                .build();

        ChatResponse response = model.call(new Prompt("How heavy is it?"));

        assertThat(response.getResult().getOutput().getToolCalls())
                .singleElement()
                .satisfies(call -> {
                    assertThat(call.name()).isEqualTo("multiply");
                    assertThat(JSON.readTree(call.arguments()).at("/one").isIntegralNumber())
                            .isTrue();
                    assertThat(JSON.readTree(call.arguments()).at("/other").isIntegralNumber())
                            .isTrue();
                });
    }

    @Test
    void callsTheToolsOfAChatClientThatIsFarAway() {
        ChatClient chat = ChatClient.create(OpenAiChatModel.builder()
                .options(OpenAiChatOptions.builder()
                        .baseUrl("http://127.0.0.1:" + port + "/v1")
                        .apiKey("none")
                        .maxRetries(0)
                        .model(Script.NAME)
                        .build())
                .build());
        Calculator calculator = new Calculator();

        assertThat(chat.prompt("How much is 6 times 8?")
                        .tools(calculator)
                        .call()
                        .content())
                .isEqualTo("6 times 8 is 48.");
        assertThat(chat.prompt("How much is 6 times 8?").tools(calculator).stream()
                        .content()
                        .collectList()
                        .map(pieces -> String.join("", pieces))
                        .block())
                .endsWith("6 times 8 is 48.");
        assertThat(calculator.heard).containsExactly("6 times 8", "6 times 8");
    }

    private static void requireMultiplication(JsonNode call) {
        assertThat(call.get("id").stringValue()).isNotBlank();
        assertThat(call.get("type").stringValue()).isEqualTo("function");
        assertThat(call.at("/function/name").stringValue()).isEqualTo("multiply");
        assertThat(JSON.readTree(call.at("/function/arguments").stringValue()))
                .isEqualTo(JSON.readTree("{\"one\": 6, \"other\": 8}"));
    }

    private JsonNode answer(String request) throws IOException, InterruptedException {
        HttpResponse<String> response = post(request);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return JSON.readTree(response.body());
    }

    private String content(String request) throws IOException, InterruptedException {
        return answer(request).at("/choices/0/message/content").stringValue();
    }

    /** What the client has. */
    static final class Calculator {

        private final List<String> heard = new ArrayList<>();

        @Tool(description = "Multiplies")
        int multiply(int one, int other) {
            heard.add(one + " times " + other);
            return one * other;
        }
    }

    @Configuration(proxyBeanMethods = false)
    @Import(OpenApplication.class)
    static class ScriptedApplication {

        @Bean(destroyMethod = "close")
        Hydra scripted() {
            return Script.in("""
                    {%- if tools -%}<|system|>{%- for tool in tools -%}{{ tool | tojson }}{%- endfor -%}{%- endif -%}
                    {%- for message in messages -%}
                    {%- if message.tool_calls -%}
                    <|assistant|>{{ message.content }}
                    {%- for call in message.tool_calls -%}
                    <tool_call>{"name": "{{ call.function.name }}", "arguments": {{ call.function.arguments | tojson }}}</tool_call>
                    {%- endfor -%}
                    {%- else -%}<|{{ message.role }}|>{{ message.content }}{%- endif -%}
                    {%- endfor -%}
                    """)
                    .when("last.role == 'tool' and '48' in last.content", "6 times 8 is 48.")
                    .when(
                            "'6 times 8' in last.content and tools",
                            "I calculate.\n<tool_call>\n{\"name\": \"multiply\", \"arguments\": {\"one\": 6, \"other\": 8}}\n</tool_call>")
                    .when("'6 times 8' in last.content", "Fifty, or so, I guess")
                    .when("'heavy' in last.content", "Heavier than it looks")
                    .open(folder);
        }
    }
}
