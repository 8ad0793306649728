package dev.hydra.spring.openai;

import java.util.List;
import org.springframework.ai.tool.ToolCallback;
import org.springframework.ai.tool.definition.ToolDefinition;
import tools.jackson.databind.JsonNode;

/** Reads the tools that a request offers. They are the client's: the model may ask for a call, and only the client makes it. */
final class ToolReader {

    private static final String NO_PARAMETERS = "{\"type\":\"object\",\"properties\":{}}";

    private ToolReader() {}

    /**
     * The tools that the model may call; none where the choice is none of them.
     *
     * @throws OpenAiException if a tool is no function, or the choice is one that the model cannot be held to
     */
    static List<ToolCallback> read(JsonFields request) {
        List<ToolCallback> tools =
                request.list("tools").stream().map(ToolReader::tool).toList();
        JsonNode choice = request.get("tool_choice");
        if (choice == null) {
            return tools;
        }
        return switch (choice.isString() ? choice.stringValue() : "one of them") {
            case "auto" -> tools;
            case "none" -> List.of();
            default ->
                throw OpenAiException.unsupported(
                        "tool_choice",
                        "tool_choice is %s; the model chooses by itself: send auto or none".formatted(choice));
        };
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
