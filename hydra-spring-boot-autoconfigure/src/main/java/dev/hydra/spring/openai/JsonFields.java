package dev.hydra.spring.openai;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A JSON object of a request, read field by field; a field that is null counts as one that is not there. What is not of the type
 * that it should be is refused by its path.
 *
 * @param path where the object stands in the request, empty for the request itself
 */
record JsonFields(JsonNode object, String path) {

    /**
     * The fields of an object.
     *
     * @throws OpenAiException if the node is no object
     */
    static JsonFields of(JsonNode node, String path) {
        if (!node.isObject()) {
            if (path.isEmpty()) {
                throw OpenAiException.unreadable("the body is %s; expected a JSON object".formatted(kind(node)));
            }
            throw wrong(path, node, "an object");
        }
        return new JsonFields(node, path);
    }

    /** The path of a field of this object. */
    String path(String name) {
        return path.isEmpty() ? name : path + "." + name;
    }

    boolean has(String name) {
        return get(name) != null;
    }

    @Nullable
    JsonNode get(String name) {
        JsonNode value = object.get(name);
        return value == null || value.isNull() ? null : value;
    }

    @Nullable
    String text(String name) {
        JsonNode value = get(name);
        if (value != null && !value.isString()) {
            throw wrong(path(name), value, "a string");
        }
        return value == null ? null : value.stringValue();
    }

    String requiredText(String name) {
        String value = text(name);
        if (value == null) {
            throw missing(name, "a string");
        }
        return value;
    }

    @Nullable
    Double number(String name) {
        JsonNode value = get(name);
        if (value != null && !value.isNumber()) {
            throw wrong(path(name), value, "a number");
        }
        return value == null ? null : value.doubleValue();
    }

    @Nullable
    Integer integer(String name) {
        JsonNode value = get(name);
        if (value != null && (!value.isIntegralNumber() || !value.canConvertToInt())) {
            throw wrong(path(name), value, "an integer");
        }
        return value == null ? null : value.intValue();
    }

    @Nullable
    Long whole(String name) {
        JsonNode value = get(name);
        if (value != null && (!value.isIntegralNumber() || !value.canConvertToLong())) {
            throw wrong(path(name), value, "an integer");
        }
        return value == null ? null : value.longValue();
    }

    /** Whether a flag is set; one that is not there is not. */
    boolean flag(String name) {
        JsonNode value = get(name);
        if (value != null && !value.isBoolean()) {
            throw wrong(path(name), value, "true or false");
        }
        return value != null && value.booleanValue();
    }

    @Nullable
    JsonFields fields(String name) {
        JsonNode value = get(name);
        return value == null ? null : of(value, path(name));
    }

    JsonFields requiredFields(String name) {
        JsonFields value = fields(name);
        if (value == null) {
            throw missing(name, "an object");
        }
        return value;
    }

    /** The elements of a list, each an object; none where the list is not there. */
    List<JsonFields> list(String name) {
        JsonNode value = get(name);
        if (value == null) {
            return List.of();
        }
        if (!value.isArray()) {
            throw wrong(path(name), value, "a list");
        }
        List<JsonFields> elements = new ArrayList<>();
        for (JsonNode element : value) {
            elements.add(of(element, "%s[%d]".formatted(path(name), elements.size())));
        }
        return elements;
    }

    OpenAiException missing(String name, String expected) {
        return OpenAiException.invalid(path(name), "%s is missing; expected %s".formatted(path(name), expected));
    }

    static OpenAiException wrong(String path, JsonNode found, String expected) {
        return OpenAiException.invalid(path, "%s is %s; expected %s".formatted(path, kind(found), expected));
    }

    /** Values that a person would recognise are shown, short as they are; the rest is named by its type. */
    private static String kind(JsonNode node) {
        if (node.isNumber() || node.isBoolean()) {
            return node.toString();
        }
        return switch (node.getNodeType()) {
            case ARRAY -> "a list";
            case OBJECT -> "an object";
            case STRING -> "a string";
            case MISSING -> "empty";
            default -> node.toString();
        };
    }
}
