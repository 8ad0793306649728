package dev.hydra.spring.openai;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hydra.spring.openai.ChatCompletionRequest.Delivery;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.AssistantMessage.ToolCall;
import org.springframework.ai.chat.metadata.ChatGenerationMetadata;
import org.springframework.ai.chat.metadata.ChatResponseMetadata;
import org.springframework.ai.chat.metadata.DefaultUsage;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;

/** What a model's answer with tool calls becomes on its way to the client. */
class AnswersTest {

    private static final AnswerId ANSWER = new AnswerId("chatcmpl-1", 1700000000, "reciter");
    private static final ToolCall WEATHER = new ToolCall("c1", "function", "weather", "{\"city\": \"Oslo\"}");
    private static final ToolCall TIME = new ToolCall("c2", "function", "time", "{}");

    @Test
    void writesToolCallsOfAWholeAnswer() {
        assertThat(Json.write(ChatCompletion.of(ANSWER, response("", "tool_calls", WEATHER, TIME))))
                .isEqualTo("""
                {"id":"chatcmpl-1","object":"chat.completion","created":1700000000,"model":"reciter",\
                "choices":[{"index":0,"message":{"role":"assistant","content":null,"refusal":null,"tool_calls":[\
                {"id":"c1","type":"function","function":{"name":"weather","arguments":"{\\"city\\": \\"Oslo\\"}"}},\
                {"id":"c2","type":"function","function":{"name":"time","arguments":"{}"}}]},\
                "logprobs":null,"finish_reason":"tool_calls"}],\
                "usage":{"prompt_tokens":5,"completion_tokens":3,"total_tokens":8,"prompt_tokens_details":{"cached_tokens":0}}}""");
    }

    @Test
    void keepsTextBesideToolCalls() {
        assertThat(Json.write(ChatCompletion.of(ANSWER, response("let me see", "tool_calls", TIME))))
                .contains("\"content\":\"let me see\"");
    }

    @Test
    void numbersToolCallsAcrossTheChunksOfAStream() {
        var reader = new ChunkReader(ANSWER, Delivery.STREAM);
        List<String> deltas =
                List.of(response("so", null), response("", null, WEATHER), response("", "tool_calls", TIME)).stream()
                        .flatMap(response -> reader.read(response).stream())
                        .map(chunk -> Json.write(chunk.choices().get(0)))
                        .toList();

        assertThat(deltas)
                .containsExactly(
                        choice("{\"role\":\"assistant\",\"content\":\"\"}", "null"),
                        choice("{\"content\":\"so\"}", "null"),
                        choice(
                                "{\"tool_calls\":[{\"index\":0,\"id\":\"c1\",\"type\":\"function\","
                                        + "\"function\":{\"name\":\"weather\",\"arguments\":\"{\\\"city\\\": \\\"Oslo\\\"}\"}}]}",
                                "null"),
                        choice(
                                "{\"tool_calls\":[{\"index\":1,\"id\":\"c2\",\"type\":\"function\","
                                        + "\"function\":{\"name\":\"time\",\"arguments\":\"{}\"}}]}",
                                "null"),
                        choice("{}", "\"tool_calls\""));
    }

    private static String choice(String delta, String reason) {
        return "{\"index\":0,\"delta\":%s,\"logprobs\":null,\"finish_reason\":%s}".formatted(delta, reason);
    }

    private static ChatResponse response(String text, @Nullable String reason, ToolCall... calls) {
        AssistantMessage message = AssistantMessage.builder()
                .content(text)
                .toolCalls(List.of(calls))
                .build();
        ChatGenerationMetadata metadata =
                ChatGenerationMetadata.builder().finishReason(reason).build();
        return new ChatResponse(
                List.of(new Generation(message, metadata)),
                ChatResponseMetadata.builder().usage(new DefaultUsage(5, 3)).build());
    }
}
