package dev.hydra.spring.openai;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.AssistantMessage.ToolCall;
import org.springframework.ai.chat.messages.Message;
import org.springframework.ai.chat.messages.SystemMessage;
import org.springframework.ai.chat.messages.ToolResponseMessage;
import org.springframework.ai.chat.messages.ToolResponseMessage.ToolResponse;
import org.springframework.ai.chat.messages.UserMessage;
import tools.jackson.databind.JsonNode;

/** Reads a request's messages as Spring AI's. Belongs to one request, since a tool's result names its call by an earlier message. */
final class MessageReader {

    private static final String CONTENT = "content";

    /** Names of the tools that were called so far, by the call's id. */
    private final Map<String, String> called = new HashMap<>();

    /**
     * All messages, one at least.
     *
     * @throws OpenAiException if there is none, or one cannot be read; it names the field
     */
    List<Message> read(JsonFields request) {
        List<JsonFields> messages = request.list("messages");
        if (messages.isEmpty()) {
            throw OpenAiException.invalid("messages", "messages are missing; expected one at least");
        }
        return messages.stream().map(this::message).collect(Collectors.toList());
    }

    private Message message(JsonFields message) {
        String role = message.requiredText("role");
        return switch (role) {
            // newer models of OpenAI's call the system message so
            case "system", "developer" -> new SystemMessage(requiredContent(message));
            case "user" -> new UserMessage(requiredContent(message));
            case "assistant" -> assistant(message);
            case "tool" -> toolResult(message);
            default ->
                throw OpenAiException.invalid(
                        message.path("role"),
                        "%s is '%s'; expected system, developer, user, assistant or tool"
                                .formatted(message.path("role"), role));
        };
    }

    private AssistantMessage assistant(JsonFields message) {
        if (message.has("audio") || message.has("function_call")) {
            String field = message.has("audio") ? "audio" : "function_call";
            throw OpenAiException.unsupported(
                    message.path(field),
                    "%s is not supported here; send %s"
                            .formatted(
                                    message.path(field),
                                    field.equals("audio") ? "its transcript as content" : "tool_calls"));
        }
        List<ToolCall> calls =
                message.list("tool_calls").stream().map(this::toolCall).toList();
        if (calls.isEmpty() && !message.has(CONTENT) && !message.has("refusal")) {
            throw message.missing(CONTENT, "a string or a list of text parts, or tool_calls beside it");
        }
        String text = message.has(CONTENT) ? content(message) : message.text("refusal");
        return AssistantMessage.builder()
                .content(text == null ? "" : text)
                .toolCalls(calls)
                .build();
    }

    private ToolCall toolCall(JsonFields call) {
        requireFunction(call);
        String id = call.requiredText("id");
        JsonFields function = call.requiredFields("function");
        String name = function.requiredText("name");
        called.put(id, name);
        return new ToolCall(id, "function", name, function.requiredText("arguments"));
    }

    static void requireFunction(JsonFields tool) {
        String type = tool.text("type");
        if (type != null && !type.equals("function")) {
            throw OpenAiException.unsupported(
                    tool.path("type"), "%s is '%s'; expected function".formatted(tool.path("type"), type));
        }
    }

    private ToolResponseMessage toolResult(JsonFields message) {
        String id = message.requiredText("tool_call_id");
        String name = called.get(id);
        if (name == null) {
            throw OpenAiException.invalid(
                    message.path("tool_call_id"),
                    "%s is '%s', and no assistant message before it has a tool call of that id"
                            .formatted(message.path("tool_call_id"), id));
        }
        return ToolResponseMessage.builder()
                .responses(List.of(new ToolResponse(id, name, requiredContent(message))))
                .build();
    }

    private static String requiredContent(JsonFields message) {
        if (!message.has(CONTENT)) {
            throw message.missing(CONTENT, "a string or a list of text parts");
        }
        return content(message);
    }

    /** A string, or the parts of a list, each on lines of its own. */
    private static String content(JsonFields message) {
        JsonNode content = message.get(CONTENT);
        if (content == null || content.isString()) {
            return content == null ? "" : content.stringValue();
        }
        if (!content.isArray()) {
            throw JsonFields.wrong(message.path(CONTENT), content, "a string or a list of text parts");
        }
        List<String> parts = new ArrayList<>();
        for (JsonFields part : message.list(CONTENT)) {
            parts.add(text(part));
        }
        return String.join("\n", parts);
    }

    private static String text(JsonFields part) {
        String type = part.requiredText("type");
        return switch (type) {
            case "text" -> part.requiredText("text");
            case "refusal" -> part.requiredText("refusal");
            default ->
                throw OpenAiException.unsupported(
                        part.path("type"),
                        "%s is '%s'; this model reads text only: send parts of type text"
                                .formatted(part.path("type"), type));
        };
    }
}
