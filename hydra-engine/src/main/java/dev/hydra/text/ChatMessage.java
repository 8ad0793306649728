package dev.hydra.text;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One turn of a conversation.
 *
 * @param role as the template knows it, usually {@code system}, {@code user}, {@code assistant} or {@code tool}
 * @param content the words, verbatim; a template never interprets them
 * @param toolCalls the functions that the assistant asked for in this turn
 * @param fields what else the template may look for in a turn, such as {@code name}, {@code tool_call_id} or
 *     {@code reasoning_content}
 */
public record ChatMessage(String role, String content, List<ToolCall> toolCalls, Map<String, ?> fields) {
    public ChatMessage {
        if (role.isBlank()) {
            throw new IllegalArgumentException("role of a message is blank; expected system, user, assistant or tool");
        }
        toolCalls = List.copyOf(toolCalls);
        fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
    }

    /** A turn that is nothing but words. */
    public ChatMessage(String role, String content) {
        this(role, content, List.of(), Map.of());
    }

    /** What a called function returned. */
    public static ChatMessage result(ToolCall call, String content) {
        return new ChatMessage("tool", content).with("tool_call_id", call.id()).with("name", call.name());
    }

    /** The same turn, in which the assistant asks for functions. */
    public ChatMessage calling(List<ToolCall> calls) {
        return new ChatMessage(role, content, calls, fields);
    }

    /** The same turn with one more field. */
    public ChatMessage with(String field, Object value) {
        Map<String, Object> more = new LinkedHashMap<>(fields);
        more.put(field, value);
        return new ChatMessage(role, content, toolCalls, more);
    }
}
