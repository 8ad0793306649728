package dev.hydra.spring.openai;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A piece of an answer.
 *
 * @param choices the only answer's next piece; empty where the chunk brings the usage
 * @param usage   JSON's null in every chunk but the last, where the client asked for it; else null, and left out
 */
record ChatCompletionChunk(
        String id,
        String object,
        long created,
        String model,
        List<Choice> choices,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable JsonNode usage,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Metrics metrics) {

    ChatCompletionChunk(AnswerId answer, List<Choice> choices, @Nullable JsonNode usage, @Nullable Metrics metrics) {
        this(answer.id(), "chat.completion.chunk", answer.created(), answer.model(), choices, usage, metrics);
    }

    record Choice(
            int index,
            Delta delta,
            @Nullable Object logprobs,
            @Nullable String finishReason) {

        Choice(Delta delta, @Nullable String finishReason) {
            this(0, delta, null, finishReason);
        }
    }

    /** What a piece adds; what it does not add is left out. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Delta(
            @Nullable String role,
            @Nullable String content,
            @Nullable List<ToolCall> toolCalls) {

        static final Delta NOTHING = new Delta(null, null, null);
        static final Delta BEGIN = new Delta("assistant", "", null);

        static Delta text(String text) {
            return new Delta(null, text, null);
        }

        static Delta calls(List<ToolCall> calls) {
            return new Delta(null, null, calls);
        }
    }
}
