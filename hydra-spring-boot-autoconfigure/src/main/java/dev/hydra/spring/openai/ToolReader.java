package dev.hydra.spring.openai;

import dev.hydra.spring.chat.HydraChatOptions;
import dev.hydra.spring.chat.ToolChoice;
import java.util.List;
import org.springframework.ai.tool.ToolCallback;
import org.springframework.ai.tool.definition.ToolDefinition;
import tools.jackson.databind.JsonNode;

/** Reads the tools that a request offers. They are the client's: the model may ask for a call, and only the client makes it. */
final class ToolReader {

    private static final String CHOICE = "tool_choice";
    private static final String PARALLEL = "parallel_tool_calls";
    private static final String NO_PARAMETERS = "{\"type\":\"object\",\"properties\":{}}";

    private ToolReader() {}

    /**
     * Sets the tools that the model may call, and whether it has to.
     *
     * @throws OpenAiException if a tool is no function, or the choice is none that can be made
     */
    static void read(JsonFields request, HydraChatOptions.Builder options) {
        List<ToolCallback> tools =
                request.list("tools").stream().map(ToolReader::tool).toList();
        JsonNode choice = request.get(CHOICE);
        if (choice != null && choice.isObject()) {
            options.toolCallbacks(named(request.requiredFields(CHOICE), tools)).toolChoice(ToolChoice.REQUIRED);
            return;
        }
        switch (choice == null ? "auto" : String.valueOf(request.text(CHOICE))) {
            case "auto" -> {
                requireSeveral(request, tools);
                options.toolCallbacks(tools);
            }
            case "none" -> options.toolCallbacks(List.of());
            case "required" -> {
                if (tools.isEmpty()) {
                    throw OpenAiException.invalid(
                            CHOICE,
                            "tool_choice is required, and the request offers no tools: send tools, or leave it out");
                }
                options.toolCallbacks(tools).toolChoice(ToolChoice.REQUIRED);
            }
            default ->
                throw OpenAiException.invalid(
                        CHOICE, "tool_choice is %s; expected auto, none, required or a function".formatted(choice));
        }
    }

    /** A call that is required is one call; a model that chooses may make several at once. */
    private static void requireSeveral(JsonFields request, List<ToolCallback> tools) {
        if (!tools.isEmpty() && request.has(PARALLEL) && !request.flag(PARALLEL)) {
            throw OpenAiException.unsupported(
                    PARALLEL,
                    "parallel_tool_calls is false; a model that chooses may make several calls: leave it out, or require a call by tool_choice");
        }
    }

    /** The one tool that has to be called. */
    private static List<ToolCallback> named(JsonFields choice, List<ToolCallback> tools) {
        MessageReader.requireFunction(choice);
        String name = choice.requiredFields("function").requiredText("name");
        List<ToolCallback> named = tools.stream()
                .filter(tool -> tool.getToolDefinition().name().equals(name))
                .toList();
        if (named.isEmpty()) {
            throw OpenAiException.invalid(
                    CHOICE,
                    "tool_choice names '%s'; the request offers %s"
                            .formatted(
                                    name,
                                    tools.stream()
                                            .map(tool ->
                                                    tool.getToolDefinition().name())
                                            .toList()));
        }
        return named;
    }

    private static ToolCallback tool(JsonFields tool) {
        MessageReader.requireFunction(tool);
        JsonFields function = tool.requiredFields("function");
        String description = function.text("description");
        JsonFields parameters = function.fields("parameters");
        return new DeclaredTool(ToolDefinition.builder()
                .name(function.requiredText("name"))
                .description(description == null ? "" : description)
                .inputSchema(parameters == null ? NO_PARAMETERS : Json.write(parameters.object()))
                .build());
    }

    /** A tool of which only the definition is here. */
    private record DeclaredTool(ToolDefinition definition) implements ToolCallback {

        @Override
        public ToolDefinition getToolDefinition() {
            return definition;
        }

        @Override
        public String call(String arguments) {
            throw new IllegalStateException("the tool '%s' is the client's, who calls it".formatted(definition.name()));
        }
    }
}
