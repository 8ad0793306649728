package dev.hydra.spring.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hydra.draft.DecodingMode;
import dev.hydra.spring.chat.HydraChatOptions;
import dev.hydra.spring.chat.ResponseFormat;
import dev.hydra.spring.openai.ChatCompletionRequest.Delivery;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.AssistantMessage.ToolCall;
import org.springframework.ai.chat.messages.Message;
import org.springframework.ai.chat.messages.SystemMessage;
import org.springframework.ai.chat.messages.ToolResponseMessage;
import org.springframework.ai.chat.messages.ToolResponseMessage.ToolResponse;
import org.springframework.ai.chat.messages.UserMessage;
import org.springframework.ai.tool.ToolCallback;

/** What a request becomes on its way to the model. */
class ChatCompletionRequestTest {

    private static final String HELLO = "\"messages\": [{\"role\": \"user\", \"content\": \"hello\"}]";
    private static final String WEATHER = """
            {"type": "function", "function": {"name": "weather", "description": "says how it is", "strict": true,
             "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}}""";

    @Test
    void handsEveryOptionOn() {
        HydraChatOptions options = options("""
                "max_completion_tokens": 7, "stop": ["a", "b"], "temperature": 0.5, "top_p": 0.9, "top_k": 3, "min_p": 0.1,
                "presence_penalty": 0.2, "frequency_penalty": -0.3, "repetition_penalty": 1.1, "logit_bias": {"5": -100, "6": 2.5},
                "seed": -4, "mode": "medusa\"""");

        assertThat(options)
                .isEqualTo(HydraChatOptions.builder()
                        .maxTokens(7)
                        .stopSequences(List.of("a", "b"))
                        .temperature(0.5)
                        .topP(0.9)
                        .topK(3)
                        .minP(0.1)
                        .presencePenalty(0.2)
                        .frequencyPenalty(-0.3)
                        .repetitionPenalty(1.1)
                        .logitBias(Map.of(5, -100.0, 6, 2.5))
                        .seed(-4L)
                        .mode(DecodingMode.MEDUSA)
                        .toolCallbacks(List.of())
                        .build());
    }

    @Test
    void asksForTheFormThatTheClientWants() {
        assertThat(options("\"response_format\": {\"type\": \"text\"}").getResponseFormat())
                .isEqualTo(ResponseFormat.TEXT);
        assertThat(options("\"response_format\": {\"type\": \"json_object\"}").getResponseFormat())
                .isEqualTo(ResponseFormat.JSON);
        assertThat(options("""
                "response_format": {"type": "json_schema", "json_schema": {"name": "a", "strict": true,
                 "schema": {"type": "boolean"}}}""").getOutputSchema()).isEqualTo("{\"type\":\"boolean\"}");
    }

    @Test
    void leavesWhatIsNotAskedForToTheModel() {
        assertThat(options("\"temperature\": null, \"stop\": null"))
                .isEqualTo(HydraChatOptions.builder().toolCallbacks(List.of()).build());
        assertThat(read("\"model\": null").model()).isNull();
    }

    @Test
    void turnsVllmsTopKForAllTokensIntoOurs() {
        assertThat(options("\"top_k\": -1").getTopK()).isZero();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"stream\": false | WHOLE",
                "\"stream\": null | WHOLE",
                "\"stream\": true | STREAM",
                "\"stream\": true, \"stream_options\": {} | STREAM",
                "\"stream\": true, \"stream_options\": {\"include_usage\": false} | STREAM",
                "\"stream\": true, \"stream_options\": {\"include_usage\": true} | STREAM_WITH_USAGE",
            })
    void saysHowTheAnswerIsToCome(String fields, Delivery delivery) {
        assertThat(read(fields).delivery()).isEqualTo(delivery);
    }

    @Test
    void readsMessagesAsSpringAis() {
        assertThat(messages("""
                {"role": "system", "content": "be brief"},
                {"role": "developer", "content": "really"},
                {"role": "user", "content": [{"type": "text", "text": "one"}, {"type": "text", "text": "two"}]},
                {"role": "assistant", "content": [{"type": "refusal", "refusal": "no"}]},
                {"role": "assistant", "content": null, "refusal": "never"},
                {"role": "user", "content": ""}"""))
                .containsExactly(
                        new SystemMessage("be brief"),
                        new SystemMessage("really"),
                        new UserMessage("one\ntwo"),
                        new AssistantMessage("no"),
                        new AssistantMessage("never"),
                        new UserMessage(""));
    }

    @Test
    void readsToolCallsAndTheirResults() {
        List<Message> messages = messages("""
                {"role": "user", "content": "how is it?"},
                {"role": "assistant", "content": null, "tool_calls": [
                  {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": "{\\"city\\": \\"Oslo\\"}"}},
                  {"id": "c2", "type": "function", "function": {"name": "time", "arguments": "{}"}}]},
                {"role": "tool", "tool_call_id": "c2", "content": "noon"},
                {"role": "tool", "tool_call_id": "c1", "content": [{"type": "text", "text": "rain"}]}""");

        AssistantMessage asked = (AssistantMessage) messages.get(1);
        assertThat(asked.getText()).isEmpty();
        assertThat(asked.getToolCalls())
                .containsExactly(
                        new ToolCall("c1", "function", "weather", "{\"city\": \"Oslo\"}"),
                        new ToolCall("c2", "function", "time", "{}"));
        assertThat(messages.subList(2, 4))
                .extracting(message -> ((ToolResponseMessage) message).getResponses())
                .containsExactly(
                        List.of(new ToolResponse("c2", "time", "noon")),
                        List.of(new ToolResponse("c1", "weather", "rain")));
    }

    @Test
    void offersToolsThatNobodyCallsHere() {
        List<ToolCallback> tools = options(
                        "\"tools\": [%s, {\"type\": \"function\", \"function\": {\"name\": \"time\"}}]"
                                .formatted(WEATHER))
                .getToolCallbacks();

        assertThat(tools).extracting(tool -> tool.getToolDefinition().name()).containsExactly("weather", "time");
        assertThat(tools.get(0).getToolDefinition().description()).isEqualTo("says how it is");
        assertThat(tools.get(0).getToolDefinition().inputSchema())
                .isEqualTo(
                        "{\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\"}},\"required\":[\"city\"]}");
        assertThat(tools.get(1).getToolDefinition().inputSchema()).isEqualTo("{\"type\":\"object\",\"properties\":{}}");
        assertThatIllegalStateException()
                .isThrownBy(() -> tools.get(0).call("{}"))
                .withMessage("the tool 'weather' is the client's, who calls it");
    }

    @Test
    void offersNoToolsWhereNoneMayBeCalled() {
        assertThat(options("\"tools\": [%s], \"tool_choice\": \"none\"".formatted(WEATHER))
                        .getToolCallbacks())
                .isEmpty();
        assertThat(options("\"tools\": [%s], \"tool_choice\": \"auto\"".formatted(WEATHER))
                        .getToolCallbacks())
                .hasSize(1);
    }

    @Test
    void refusesAToolThatIsNoFunction() {
        assertThatThrownBy(() -> read("\"tools\": [{\"type\": \"custom\", \"custom\": {\"name\": \"a\"}}]"))
                .isInstanceOf(OpenAiException.class)
                .hasMessage("tools[0].type is 'custom'; expected function");
    }

    private static HydraChatOptions options(String fields) {
        return (HydraChatOptions) read(fields).prompt().getOptions();
    }

    private static List<Message> messages(String messages) {
        return request("{\"messages\": [%s]}".formatted(messages)).prompt().getInstructions();
    }

    private static ChatCompletionRequest read(String fields) {
        return request("{%s, %s}".formatted(HELLO, fields));
    }

    private static ChatCompletionRequest request(String json) {
        return ChatCompletionRequest.read(Json.read(json.getBytes(StandardCharsets.UTF_8)));
    }
}
