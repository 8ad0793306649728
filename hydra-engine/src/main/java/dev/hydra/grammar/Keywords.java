package dev.hydra.grammar;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What schemas are made of. */
final class Keywords {

    static final List<String> TYPES = List.of("object", "array", "string", "integer", "number", "boolean", "null");

    /** What says something of one type alone. */
    private static final Map<String, Set<String>> OF_TYPE = Map.of(
            "object",
            Set.of("properties", "required", "additionalProperties", "minProperties", "maxProperties"),
            "array",
            Set.of("items", "prefixItems", "minItems", "maxItems", "uniqueItems"),
            "string",
            Set.of("minLength", "maxLength", "pattern"),
            "number",
            Set.of("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"));

    /** What says something of documents, whatever their type. */
    private static final Set<String> OF_ALL =
            Set.of("$ref", "type", "enum", "const", "anyOf", "oneOf", "allOf", "format");

    /** What says nothing of documents, or where parts of the schema are. */
    private static final Set<String> ANNOTATIONS = Set.of(
            "$schema",
            "$id",
            "$comment",
            "$defs",
            "definitions",
            "title",
            "description",
            "default",
            "example",
            "examples",
            "deprecated",
            "readOnly",
            "writeOnly",
            "contentEncoding",
            "contentMediaType",
            "contentSchema",
            "nullable",
            "discriminator",
            "externalDocs",
            "xml",
            "propertyOrdering");

    private static final Set<String> ASSERTIONS = Stream.concat(
                    OF_ALL.stream(), OF_TYPE.values().stream().flatMap(Set::stream))
            .collect(Collectors.toCollection(TreeSet::new));

    private Keywords() {}

    /** Whether a keyword says something of documents. */
    static boolean isAssertion(String keyword) {
        return !ANNOTATIONS.contains(keyword) && !keyword.startsWith("x-");
    }

    /** Whether a schema says nothing of documents beside some keywords. */
    static boolean saysNothingBeside(JsonObject schema, Set<String> keywords) {
        return schema.keySet().stream().noneMatch(key -> isAssertion(key) && !keywords.contains(key));
    }

    static void requireKnown(JsonObject schema, Spot spot) {
        for (String key : schema.keySet()) {
            if (isAssertion(key) && !ASSERTIONS.contains(key)) {
                throw spot.beside(key)
                        .refuse("this keyword is not supported; leave it out, or say the same by %s"
                                .formatted(ASSERTIONS));
            }
        }
    }

    /**
     * The types that a schema allows, as far as its keyword {@code type} says: all of them where it says nothing. A number includes the
     * integers.
     */
    static Set<String> declaredTypes(JsonObject schema, Spot spot) {
        JsonElement declared = schema.get("type");
        List<String> types = new ArrayList<>();
        if (declared == null) {
            types.addAll(TYPES);
            types.remove("integer");
        } else if (declared instanceof JsonArray list) {
            list.forEach(type -> types.add(text(type, spot.beside("type"))));
        } else {
            types.add(text(declared, spot.beside("type")));
        }
        for (String type : types) {
            if (!TYPES.contains(type)) {
                throw spot.beside("type")
                        .refuse("is '%s'; expected one of %s, or a list of them".formatted(type, TYPES));
            }
        }
        Set<String> distinct = new LinkedHashSet<>(types);
        if (distinct.contains("number")) {
            distinct.remove("integer");
        }
        return distinct;
    }

    /** The types of documents that are made: those that the schema has something to say about, where it declares none. */
    static Set<String> types(JsonObject schema, Spot spot) {
        if (!schema.has("type")) {
            Set<String> spoken = new LinkedHashSet<>();
            for (String type : TYPES) {
                if (OF_TYPE.getOrDefault(type, Set.of()).stream().anyMatch(schema::has)) {
                    spoken.add(type);
                }
            }
            if (!spoken.isEmpty()) {
                return spoken;
            }
        }
        return declaredTypes(schema, spot);
    }

    private static String text(JsonElement element, Spot spot) {
        if (element instanceof JsonPrimitive primitive && primitive.isString()) {
            return primitive.getAsString();
        }
        throw spot.refuse("is %s; expected a text".formatted(element));
    }

    static Optional<String> text(JsonObject schema, String key, Spot spot) {
        return schema.has(key) ? Optional.of(text(schema.get(key), spot.beside(key))) : Optional.empty();
    }

    static Optional<BigDecimal> number(JsonObject schema, String key, Spot spot) {
        if (!schema.has(key)) {
            return Optional.empty();
        }
        if (schema.get(key) instanceof JsonPrimitive primitive && primitive.isNumber()) {
            return Optional.of(primitive.getAsBigDecimal());
        }
        throw spot.beside(key).refuse("is %s; expected a number".formatted(schema.get(key)));
    }

    /** How many of something, from 0 on. */
    static int count(JsonObject schema, String key, int otherwise, Spot spot) {
        Optional<BigDecimal> number = number(schema, key, spot);
        if (number.isEmpty()) {
            return otherwise;
        }
        try {
            int count = number.get().intValueExact();
            if (count >= 0) {
                return count;
            }
        } catch (ArithmeticException e) {
            throw spot.beside(key)
                    .refuse("is %s; expected a whole number, 0 or more, less than 2147483648".formatted(number.get()));
        }
        throw spot.beside(key).refuse("is %s; expected a whole number, 0 or more".formatted(number.get()));
    }

    static JsonArray list(JsonObject schema, String key, Spot spot) {
        if (schema.get(key) instanceof JsonArray list) {
            return list;
        }
        throw spot.beside(key).refuse("is %s; expected a list".formatted(schema.get(key)));
    }

    /** Texts of a list; none where it is absent. */
    static Set<String> texts(JsonObject schema, String key, Spot spot) {
        Set<String> texts = new LinkedHashSet<>();
        if (schema.has(key)) {
            list(schema, key, spot).forEach(element -> texts.add(text(element, spot.beside(key))));
        }
        return texts;
    }

    /** A schema's schemas by name; none where the keyword is absent. */
    static JsonObject schemas(JsonObject schema, String key, Spot spot) {
        if (!schema.has(key)) {
            return new JsonObject();
        }
        if (schema.get(key) instanceof JsonObject schemas) {
            return schemas;
        }
        throw spot.beside(key).refuse("is %s; expected an object of schemas".formatted(schema.get(key)));
    }
}
