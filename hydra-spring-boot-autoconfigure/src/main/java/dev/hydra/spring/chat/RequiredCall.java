package dev.hydra.spring.chat;

import dev.hydra.grammar.Grammar;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** An answer that has to be a call, as a schema: an object with the name of a tool, and arguments that fit that tool's own schema. */
final class RequiredCall {

    private static final String NAME = "name";
    private static final String TYPE = "type";
    private static final String OBJECT = "object";
    private static final String PROPERTIES = "properties";
    private static final String ADDITIONAL = "additionalProperties";
    private static final String REFERENCE = "$ref";

    /** Keywords whose value is no schema, whatever it looks like. */
    private static final Set<String> DATA = Set.of("const", "enum", "default", "example", "examples");

    /** Keywords whose value has schemas under names that are anybody's. */
    private static final Set<String> SCHEMAS_BY_NAME = Set.of(PROPERTIES, "$defs", "definitions");

    /** Keywords that say what a schema's documents are without a type. */
    private static final Set<String> INSTEAD_OF_TYPE = Set.of(REFERENCE, "anyOf", "oneOf", "allOf", "const", "enum");

    private RequiredCall() {}

    /**
     * The grammar of a call of one of these tools.
     *
     * @param argumentsKey under which the arguments stand
     * @throws IllegalArgumentException if a tool's arguments cannot be kept to its schema; the message names the tool
     */
    static Grammar grammar(OfferedTools tools, String argumentsKey, Grammars grammars) {
        List<Object> calls = new ArrayList<>();
        tools.functions().forEach((name, function) -> {
            Map<String, Object> arguments = arguments(name, function);
            String place = "#/anyOf/%d/%s/%s".formatted(calls.size(), PROPERTIES, argumentsKey);
            Map<String, Object> call = new LinkedHashMap<>();
            call.put(NAME, Map.of("const", name));
            call.put(argumentsKey, moved(arguments, place));
            calls.add(object(call));
        });
        try {
            return grammars.of(JsonText.write(Map.of("anyOf", calls)));
        } catch (IllegalArgumentException refusal) {
            tools.functions().forEach((name, function) -> requireUsable(name, arguments(name, function)));
            throw refusal;
        }
    }

    private static Map<String, Object> object(Map<String, Object> properties) {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put(TYPE, OBJECT);
        object.put(PROPERTIES, properties);
        object.put("required", List.copyOf(properties.keySet()));
        object.put(ADDITIONAL, false);
        return object;
    }

    /** The schema of a tool's arguments, which are an object in any case. */
    @SuppressWarnings("unchecked")
    private static Map<String, Object> arguments(String name, Map<String, Object> function) {
        Map<String, Object> schema = new LinkedHashMap<>((Map<String, Object>) function.get("parameters"));
        if (schema.keySet().stream().noneMatch(INSTEAD_OF_TYPE::contains)) {
            schema.putIfAbsent(TYPE, OBJECT);
            if (!OBJECT.equals(schema.get(TYPE))) {
                throw new IllegalArgumentException("the input schema of tool '%s' is of type %s; expected object"
                        .formatted(name, JsonText.write(schema.get(TYPE))));
            }
            if (schema.getOrDefault(PROPERTIES, Map.of()).equals(Map.of())) {
                // who names no parameters wants none
                schema.putIfAbsent(ADDITIONAL, false);
            }
        }
        return schema;
    }

    /** Refuses in the words of one tool's own schema. */
    private static void requireUsable(String name, Map<String, Object> arguments) {
        try {
            Grammar.ofSchema(JsonText.write(arguments));
        } catch (IllegalArgumentException refusal) {
            throw new IllegalArgumentException(
                    "a call of tool '%s' cannot be required, since its arguments could not be kept to its schema: %s; or set toolChoice to AUTO"
                            .formatted(name, refusal.getMessage()),
                    refusal);
        }
    }

    /** The same schema at another place of a document: what refers to its own parts still does. */
    private static Map<String, Object> moved(Map<?, ?> schema, String place) {
        Map<String, Object> moved = new LinkedHashMap<>();
        schema.forEach((key, value) -> {
            String keyword = key.toString();
            if (DATA.contains(keyword)) {
                moved.put(keyword, value);
            } else if (SCHEMAS_BY_NAME.contains(keyword) && value instanceof Map<?, ?> byName) {
                Map<String, Object> schemas = new LinkedHashMap<>();
                byName.forEach((name, named) -> schemas.put(name.toString(), movedValue(named, place)));
                moved.put(keyword, schemas);
            } else if (keyword.equals(REFERENCE) && value instanceof String target && target.startsWith("#")) {
                moved.put(keyword, place + target.substring(1));
            } else {
                moved.put(keyword, movedValue(value, place));
            }
        });
        return moved;
    }

    private static Object movedValue(Object value, String place) {
        if (value instanceof Map<?, ?> schema) {
            return moved(schema, place);
        }
        return value instanceof List<?> list
                ? list.stream().map(element -> movedValue(element, place)).toList()
                : value;
    }
}
