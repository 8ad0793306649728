package dev.hydra.grammar;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/** Documents that a schema holds as such. */
final class Values {

    private Values() {}

    /** A value as the shortest document. */
    static String document(JsonElement value) {
        if (value instanceof JsonObject object) {
            return object.entrySet().stream()
                    .map(entry -> Characters.quoted(entry.getKey()) + ":" + document(entry.getValue()))
                    .collect(Collectors.joining(",", "{", "}"));
        }
        if (value instanceof JsonArray list) {
            return StreamSupport.stream(list.spliterator(), false)
                    .map(Values::document)
                    .collect(Collectors.joining(",", "[", "]"));
        }
        return value instanceof JsonPrimitive primitive && primitive.isString()
                ? Characters.quoted(primitive.getAsString())
                : value.toString();
    }

    /** Whether a value is of a type. */
    static boolean isOf(String type, JsonElement value) {
        return switch (type) {
            case "object" -> value.isJsonObject();
            case "array" -> value.isJsonArray();
            case "null" -> value.isJsonNull();
            case "string" -> value instanceof JsonPrimitive primitive && primitive.isString();
            case "boolean" -> value instanceof JsonPrimitive primitive && primitive.isBoolean();
            case "number" -> value instanceof JsonPrimitive primitive && primitive.isNumber();
            default ->
                value instanceof JsonPrimitive primitive
                        && primitive.isNumber()
                        && isWhole(primitive.getAsBigDecimal());
        };
    }

    private static boolean isWhole(BigDecimal number) {
        return number.signum() == 0 || number.stripTrailingZeros().scale() <= 0;
    }

    /** A value such that two are equal where the standard has them equal: numbers by their worth, objects in any order. */
    static Object comparable(JsonElement value) {
        if (value instanceof JsonObject object) {
            return object.entrySet().stream()
                    .collect(Collectors.toMap(Map.Entry::getKey, entry -> comparable(entry.getValue())));
        }
        if (value instanceof JsonArray list) {
            return StreamSupport.stream(list.spliterator(), false)
                    .map(Values::comparable)
                    .toList();
        }
        if (value instanceof JsonPrimitive primitive) {
            if (primitive.isNumber()) {
                return primitive.getAsBigDecimal().stripTrailingZeros();
            }
            return primitive.isBoolean() ? primitive.getAsBoolean() : primitive.getAsString();
        }
        return List.of("null");
    }
}
