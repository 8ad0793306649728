package dev.hydra.grammar;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.math.BigDecimal;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/** Says of several schemas together what one schema says: follows references, joins what has to hold at once, tells apart. */
final class SchemaMerge {

    private static final Set<String> LOWER =
            Set.of("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties");
    private static final Set<String> UPPER =
            Set.of("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties");
    private static final int DEEPEST = 64;

    private final JsonElement root;

    SchemaMerge(JsonElement root) {
        this.root = root;
    }

    /** The schema that a reference points to. */
    JsonElement target(String reference, Spot spot) {
        if (!reference.equals("#") && !reference.startsWith("#/")) {
            throw spot.beside("$ref")
                    .refuse("is '%s'; only parts of this schema can be referred to, as in #/$defs/name"
                            .formatted(reference));
        }
        JsonElement element = root;
        for (String key : reference.equals("#")
                ? List.<String>of()
                : List.of(reference.substring(2).split("/", -1))) {
            JsonElement inner = step(element, key.replace("~1", "/").replace("~0", "~"));
            if (inner == null) {
                throw spot.beside("$ref").refuse("is '%s'; the schema has no such part".formatted(reference));
            }
            element = inner;
        }
        return element;
    }

    private static @Nullable JsonElement step(JsonElement element, String key) {
        if (element instanceof JsonObject object) {
            return object.get(key);
        }
        if (element instanceof JsonArray list && key.matches("\\d{1,6}") && Integer.parseInt(key) < list.size()) {
            return list.get(Integer.parseInt(key));
        }
        return null;
    }

    /** A schema with its {@code allOf} joined to the rest. */
    JsonElement all(JsonObject schema, Spot spot) {
        JsonElement joined = without(schema, Set.of("allOf"));
        int at = 0;
        for (JsonElement part : Keywords.list(schema, "allOf", spot)) {
            joined = both(joined, part, spot.beside("allOf").beside("[%d]".formatted(at++)));
        }
        return joined;
    }

    /** A schema without some of its keywords. */
    static JsonObject without(JsonObject schema, Set<String> keys) {
        JsonObject rest = new JsonObject();
        schema.entrySet().stream()
                .filter(entry -> !keys.contains(entry.getKey()))
                .forEach(entry -> rest.add(entry.getKey(), entry.getValue()));
        return rest;
    }

    /** What both schemas say; the first one's order of properties. */
    JsonElement both(JsonElement one, JsonElement other, Spot spot) {
        if (spot.path().length() > 4000) {
            throw Spot.ROOT.refuse(
                    "its references and allOf lead too deep, or back to themselves; expected an end of them");
        }
        if (one instanceof JsonPrimitive flag && flag.isBoolean()) {
            return flag.getAsBoolean() ? other : one;
        }
        if (other instanceof JsonPrimitive flag && flag.isBoolean()) {
            return flag.getAsBoolean() ? one : other;
        }
        if (!(one instanceof JsonObject first) || !(other instanceof JsonObject second)) {
            throw spot.refuse("is %s; expected an object, true or false".formatted(one.isJsonObject() ? other : one));
        }
        if (Keywords.saysNothingBeside(first, Set.of())) {
            return second;
        }
        if (Keywords.saysNothingBeside(second, Set.of())) {
            return first;
        }
        return joined(followed(first, spot), followed(second, spot), spot);
    }

    /** A schema that is a reference, as what it refers to. */
    private JsonObject followed(JsonObject schema, Spot spot) {
        JsonObject target = schema;
        for (int followed = 0; target.has("$ref"); followed++) {
            String reference = Keywords.text(target, "$ref", spot).orElseThrow();
            if (followed == DEEPEST) {
                throw spot.refuse("$ref '%s' leads back to itself".formatted(reference));
            }
            if (!Keywords.saysNothingBeside(target, Set.of("$ref"))) {
                throw spot.refuse(
                        "$ref stands beside other keywords in a part of allOf, anyOf or oneOf; put these into a part of their own");
            }
            if (!(target(reference, spot) instanceof JsonObject object)) {
                throw spot.refuse("$ref '%s' is no object; expected a schema of keywords".formatted(reference));
            }
            target = object;
        }
        Keywords.requireKnown(target, spot);
        return target.has("allOf") && all(target, spot) instanceof JsonObject object ? object : target;
    }

    private JsonObject joined(JsonObject one, JsonObject other, Spot spot) {
        requireSameExtras(one, other, spot);
        JsonObject joined = one.deepCopy();
        for (Map.Entry<String, JsonElement> entry : other.entrySet()) {
            String key = entry.getKey();
            JsonElement mine = joined.get(key);
            JsonElement theirs = entry.getValue();
            if (mine == null || !Keywords.isAssertion(key)) {
                joined.add(key, mine == null ? theirs : mine);
            } else if (!Values.comparable(mine).equals(Values.comparable(theirs))) {
                joined.add(key, joined(key, List.of(one, other), spot));
            }
        }
        narrowToConst(joined, spot);
        return joined;
    }

    /** What a keyword says that two schemas have. */
    private JsonElement joined(String key, List<JsonObject> schemas, Spot spot) {
        JsonObject one = schemas.get(0);
        JsonObject other = schemas.get(1);
        if (LOWER.contains(key) || UPPER.contains(key)) {
            BigDecimal mine = Keywords.number(one, key, spot).orElseThrow();
            BigDecimal theirs = Keywords.number(other, key, spot).orElseThrow();
            return new JsonPrimitive(LOWER.contains(key) ? mine.max(theirs) : mine.min(theirs));
        }
        return switch (key) {
            case "type" -> types(one, other, spot);
            case "required" -> {
                Set<String> names = new LinkedHashSet<>(Keywords.texts(one, key, spot));
                names.addAll(Keywords.texts(other, key, spot));
                yield texts(names);
            }
            case "properties" -> {
                JsonObject properties = Keywords.schemas(one, key, spot).deepCopy();
                for (Map.Entry<String, JsonElement> property :
                        Keywords.schemas(other, key, spot).entrySet()) {
                    String name = property.getKey();
                    properties.add(
                            name,
                            properties.has(name)
                                    ? both(
                                            properties.get(name),
                                            property.getValue(),
                                            spot.inside("properties").inside(name))
                                    : property.getValue());
                }
                yield properties;
            }
            case "items" -> both(one.get(key), other.get(key), spot.inside(key));
            case "enum" -> {
                Set<Object> theirs = new HashSet<>();
                Keywords.list(other, key, spot).forEach(value -> theirs.add(Values.comparable(value)));
                JsonArray values = new JsonArray();
                Keywords.list(one, key, spot).forEach(value -> {
                    if (theirs.contains(Values.comparable(value))) {
                        values.add(value);
                    }
                });
                yield values;
            }
            default ->
                throw spot.beside(key)
                        .refuse(
                                "two parts that have to hold at once both say something here; say it once, in one of them");
        };
    }

    private static JsonElement types(JsonObject one, JsonObject other, Spot spot) {
        Set<String> both = new LinkedHashSet<>();
        Set<String> theirs = Keywords.declaredTypes(other, spot);
        for (String type : Keywords.declaredTypes(one, spot)) {
            if (theirs.contains(type)) {
                both.add(type);
            } else if (type.equals("integer") && theirs.contains("number")
                    || type.equals("number") && theirs.contains("integer")) {
                both.add("integer");
            }
        }
        return texts(both);
    }

    private static JsonArray texts(Set<String> texts) {
        JsonArray list = new JsonArray();
        texts.forEach(list::add);
        return list;
    }

    /** Forbidding other properties than one's own forbids the other part's: such parts must name the same. */
    private static void requireSameExtras(JsonObject one, JsonObject other, Spot spot) {
        requireNames(one, other, spot);
        requireNames(other, one, spot);
    }

    private static void requireNames(JsonObject part, JsonObject other, Spot spot) {
        JsonElement extra = part.get("additionalProperties");
        boolean free = extra == null || extra instanceof JsonPrimitive flag && flag.isBoolean() && flag.getAsBoolean();
        Set<String> names = Keywords.schemas(part, "properties", spot).keySet();
        if (!free
                && !names.containsAll(
                        Keywords.schemas(other, "properties", spot).keySet())) {
            throw spot.refuse(
                    "a part whose additionalProperties are restricted stands beside one that names other properties; name all of them in"
                            + " one part");
        }
    }

    /** A constant and a list of values that have to hold at once: the constant, where it is in the list. */
    private static void narrowToConst(JsonObject schema, Spot spot) {
        if (schema.has("const") && schema.has("enum")) {
            Object constant = Values.comparable(schema.get("const"));
            JsonArray values = Keywords.list(schema, "enum", spot);
            schema.remove("enum");
            boolean has = false;
            for (JsonElement value : values) {
                has |= Values.comparable(value).equals(constant);
            }
            if (!has) {
                schema.add("enum", new JsonArray());
                schema.remove("const");
            }
        }
    }

    /** Whether no document fits both schemas, as far as types, fixed values and fixed values of required properties tell. */
    boolean areDisjoint(JsonElement one, JsonElement other, Spot spot) {
        if (isFalse(one) || isFalse(other)) {
            return true;
        }
        if (!(one instanceof JsonObject first) || !(other instanceof JsonObject second)) {
            return false;
        }
        JsonObject mine = followed(first, spot);
        JsonObject theirs = followed(second, spot);
        if (isSplit(mine)) {
            return alternatives(mine, spot).allMatch(alternative -> areDisjoint(alternative, theirs, spot));
        }
        if (isSplit(theirs)) {
            return alternatives(theirs, spot).allMatch(alternative -> areDisjoint(mine, alternative, spot));
        }
        Optional<Set<Object>> values = values(mine, spot);
        Optional<Set<Object>> others = values(theirs, spot);
        if (values.isPresent() && others.isPresent()) {
            return values.get().stream().noneMatch(others.get()::contains);
        }
        if (types(mine, theirs, spot).getAsJsonArray().isEmpty()) {
            return true;
        }
        Set<String> required = new LinkedHashSet<>(Keywords.texts(mine, "required", spot));
        required.retainAll(Keywords.texts(theirs, "required", spot));
        JsonObject properties = Keywords.schemas(mine, "properties", spot);
        JsonObject otherProperties = Keywords.schemas(theirs, "properties", spot);
        return isObject(mine, spot)
                && isObject(theirs, spot)
                && required.stream()
                        .anyMatch(name -> properties.has(name)
                                && otherProperties.has(name)
                                && areFixedApart(properties.get(name), otherProperties.get(name), spot));
    }

    private static boolean isSplit(JsonObject schema) {
        return schema.has("anyOf") || schema.has("oneOf");
    }

    private static Stream<JsonElement> alternatives(JsonObject schema, Spot spot) {
        JsonArray alternatives = Keywords.list(schema, schema.has("anyOf") ? "anyOf" : "oneOf", spot);
        return StreamSupport.stream(alternatives.spliterator(), false);
    }

    private boolean areFixedApart(JsonElement one, JsonElement other, Spot spot) {
        if (!(one instanceof JsonObject first) || !(other instanceof JsonObject second)) {
            return false;
        }
        Optional<Set<Object>> values = values(followed(first, spot), spot);
        Optional<Set<Object>> others = values(followed(second, spot), spot);
        return values.isPresent() && others.isPresent() && values.get().stream().noneMatch(others.get()::contains);
    }

    private static boolean isObject(JsonObject schema, Spot spot) {
        return Keywords.declaredTypes(schema, spot).equals(Set.of("object"));
    }

    private static boolean isFalse(JsonElement schema) {
        return schema instanceof JsonPrimitive flag && flag.isBoolean() && !flag.getAsBoolean();
    }

    /** The values that a schema lists, where it does. */
    private static Optional<Set<Object>> values(JsonObject schema, Spot spot) {
        Set<Object> values = new HashSet<>();
        if (schema.has("const")) {
            values.add(Values.comparable(schema.get("const")));
        } else if (schema.has("enum")) {
            Keywords.list(schema, "enum", spot).forEach(value -> values.add(Values.comparable(value)));
        } else {
            return Optional.empty();
        }
        return Optional.of(values);
    }
}
