package dev.hydra.spring.chat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.springframework.ai.tool.definition.ToolDefinition;

/**
 * The tools of a request, as chat templates take them.
 *
 * @param functions by their names, in the order of the request; each with {@code name}, {@code description} and {@code parameters}
 */
record OfferedTools(Map<String, Map<String, Object>> functions) {

    /** What Spring AI's schemas begin with; it says nothing to a model. */
    private static final String SCHEMA_OF_SCHEMAS = "$schema";

    /** No tools. */
    static OfferedTools none() {
        return new OfferedTools(Map.of());
    }

    /**
     * Reads tool definitions.
     *
     * @throws IllegalArgumentException if two have one name, or a schema is no JSON object
     */
    static OfferedTools of(List<ToolDefinition> definitions) {
        Map<String, Map<String, Object>> functions = new LinkedHashMap<>();
        for (ToolDefinition definition : definitions) {
            Map<String, Object> parameters = JsonText.object(
                    "the input schema of tool '%s'".formatted(definition.name()), definition.inputSchema());
            parameters.remove(SCHEMA_OF_SCHEMAS);
            Map<String, Object> function = new LinkedHashMap<>();
            function.put("name", definition.name());
            function.put("description", definition.description());
            function.put("parameters", parameters);
            if (functions.put(definition.name(), function) != null) {
                throw new IllegalArgumentException(
                        "the request offers two tools called '%s'; expected a name of its own for each"
                                .formatted(definition.name()));
            }
        }
        return new OfferedTools(functions);
    }

    boolean isEmpty() {
        return functions.isEmpty();
    }

    Set<String> names() {
        return functions.keySet();
    }

    /** As {@code tools} of a chat template. */
    List<Map<String, Object>> definitions() {
        return functions.values().stream().map(OfferedTools::definition).toList();
    }

    private static Map<String, Object> definition(Map<String, Object> function) {
        Map<String, Object> definition = new LinkedHashMap<>();
        definition.put("type", "function");
        definition.put("function", function);
        return definition;
    }

    /** For a model whose chat template knows no tools: what there is, and how to call it. */
    String description(CallSyntax syntax) {
        return functions.values().stream()
                .map(JsonText::write)
                .collect(Collectors.joining(
                        "\n",
                        "You may use these tools, each described by a JSON object:\n",
                        "\n\n" + syntax.instructions() + "\nOtherwise answer in words."));
    }
}
