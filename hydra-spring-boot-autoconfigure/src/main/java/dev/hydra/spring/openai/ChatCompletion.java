package dev.hydra.spring.openai;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.hydra.decode.DecodeStatistics;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;

/** A whole answer. */
record ChatCompletion(
        String id,
        String object,
        long created,
        String model,
        List<Choice> choices,
        Usage usage,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Metrics metrics) {

    static ChatCompletion of(AnswerId answer, ChatResponse response) {
        Generation generation = Objects.requireNonNull(response.getResult());
        var usage = response.getMetadata().getUsage();
        return new ChatCompletion(
                answer.id(),
                "chat.completion",
                answer.created(),
                answer.model(),
                List.of(new Choice(0, Message.of(generation.getOutput()), null, finishReason(generation))),
                Usage.of(usage),
                usage.getNativeUsage() instanceof DecodeStatistics statistics ? Metrics.of(statistics) : null);
    }

    /** Why an answer ended: stop, length or tool_calls; null where it has not. */
    static @Nullable String finishReason(Generation generation) {
        return generation.getMetadata().getFinishReason();
    }

    /** The only answer; log probabilities are null, and there all the same, since clients look for them. */
    record Choice(
            int index,
            Message message,
            @Nullable Object logprobs,
            @Nullable String finishReason) {}

    /** @param refusal null, since a model of one's own has no words for one apart from its answer */
    record Message(
            String role,
            @Nullable String content,
            @Nullable String refusal,
            @JsonInclude(JsonInclude.Include.NON_EMPTY) List<ToolCall> toolCalls) {

        static Message of(AssistantMessage message) {
            List<ToolCall> calls = ToolCall.all(message.getToolCalls());
            String text = Objects.requireNonNullElse(message.getText(), "");
            return new Message("assistant", text.isEmpty() && !calls.isEmpty() ? null : text, null, calls);
        }
    }
}
