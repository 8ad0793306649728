package dev.hydra.text;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a chat template writes: the turns, and what comes with them.
 *
 * @param messages the turns
 * @param tools functions that the model may ask for, as JSON schema has them: {@code {"type": "function", "function": {"name": …,
 *     "description": …, "parameters": …}}}; written in the order of their keys
 * @param documents texts to answer from, for templates that know them, usually with {@code title} and {@code text}
 * @param variables what else the template may ask for, such as {@code enable_thinking}
 */
public record Conversation(
        List<ChatMessage> messages,
        List<? extends Map<String, ?>> tools,
        List<? extends Map<String, ?>> documents,
        Map<String, ?> variables) {

    public Conversation {
        messages = List.copyOf(messages);
        tools = List.copyOf(tools);
        documents = List.copyOf(documents);
        variables = Collections.unmodifiableMap(new LinkedHashMap<>(variables));
    }

    /** A conversation that is nothing but its turns. */
    public static Conversation of(List<ChatMessage> messages) {
        return new Conversation(messages, List.of(), List.of(), Map.of());
    }

    /** The same with tools. */
    public Conversation withTools(List<? extends Map<String, ?>> tools) {
        return new Conversation(messages, tools, documents, variables);
    }

    /** The same with documents. */
    public Conversation withDocuments(List<? extends Map<String, ?>> documents) {
        return new Conversation(messages, tools, documents, variables);
    }

    /** The same with one more variable. */
    public Conversation with(String variable, Object value) {
        Map<String, Object> more = new LinkedHashMap<>(variables);
        more.put(variable, value);
        return new Conversation(messages, tools, documents, more);
    }
}
