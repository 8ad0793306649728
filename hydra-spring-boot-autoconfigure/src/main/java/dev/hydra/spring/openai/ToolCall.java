package dev.hydra.spring.openai;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.messages.AssistantMessage;

/**
 * A call that the model asks for; it comes in one piece, in a stream too.
 *
 * @param index its place among the answer's calls; only chunks say it
 */
record ToolCall(
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Integer index, String id, String type, Function function) {

    /** @param arguments a JSON object, as text */
    record Function(String name, String arguments) {}

    /** The calls of a whole answer. */
    static List<ToolCall> all(List<AssistantMessage.ToolCall> calls) {
        return calls.stream().map(call -> of(null, call)).toList();
    }

    /** The calls of a chunk, numbered from there on. */
    static List<ToolCall> numbered(List<AssistantMessage.ToolCall> calls, int from) {
        List<ToolCall> numbered = new ArrayList<>();
        for (AssistantMessage.ToolCall call : calls) {
            numbered.add(of(from + numbered.size(), call));
        }
        return numbered;
    }

    private static ToolCall of(@Nullable Integer index, AssistantMessage.ToolCall call) {
        return new ToolCall(index, call.id(), "function", new Function(call.name(), call.arguments()));
    }
}
