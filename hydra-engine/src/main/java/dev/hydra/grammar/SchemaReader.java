package dev.hydra.grammar;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import dev.hydra.grammar.Expression.Definition;
import dev.hydra.grammar.Expression.Range;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/*
 * Every document that comes out fits the schema; not every document that fits can come out. What is left out is what a schema leaves
 * open and nobody misses: white space but for one space behind a comma or a colon, another order of properties than the schema's,
 * properties that it does not name unless it asks for them, exponents, and more digits than a double holds.
 *
 * The other way is never taken: a keyword that says something about documents and is not known here is refused.
 */
/** Reads a JSON schema as an expression of its documents. */
final class SchemaReader {

    private static final int MOST_CHARACTERS = 1 << 20;

    /** Levels of arrays and objects where a schema says nothing of what is inside. */
    private static final int FREE_LEVELS = 6;

    private static final int LONGEST_PATH = 4000;

    private final Expressions expressions = new Expressions();
    private final Numbers numbers = new Numbers(expressions);
    private final Expression character = Characters.any(expressions);
    private final Expression comma = expressions.then(expressions.literal(","), expressions.space());
    private final Map<String, Definition> definitions = new LinkedHashMap<>();
    private final List<Expression> free = new ArrayList<>();
    private final JsonElement root;
    private final SchemaMerge merge;

    SchemaReader(String schema) {
        root = parse(schema);
        merge = new SchemaMerge(root);
    }

    private static JsonElement parse(String schema) {
        if (schema.length() > MOST_CHARACTERS) {
            throw Spot.ROOT.refuse(
                    "has %d characters; expected at most %d".formatted(schema.length(), MOST_CHARACTERS));
        }
        try (JsonReader reader = new JsonReader(new StringReader(schema))) {
            reader.setStrictness(Strictness.STRICT);
            JsonElement element = JsonParser.parseReader(reader);
            if (reader.peek() != JsonToken.END_DOCUMENT) {
                throw Spot.ROOT.refuse("something follows the JSON document; expected one schema");
            }
            return element;
        } catch (JsonParseException | IOException e) {
            throw new IllegalArgumentException("schema at $: is not JSON; expected a JSON schema", e);
        }
    }

    /**
     * All documents.
     *
     * @throws IllegalArgumentException if the schema cannot be used; the message says where, and what to do
     */
    CompiledGrammar read() {
        Expression start = read(root, Spot.ROOT);
        return new CompiledGrammar(expressions, start, List.copyOf(definitions.values()));
    }

    private Expression read(JsonElement element, Spot spot) {
        if (element instanceof JsonPrimitive flag && flag.isBoolean()) {
            return flag.getAsBoolean() ? any(FREE_LEVELS) : expressions.nothing();
        }
        if (!(element instanceof JsonObject schema)) {
            throw spot.refuse("is %s; expected an object, true or false".formatted(element));
        }
        if (spot.path().length() > LONGEST_PATH) {
            throw spot.refuse("the schema is nested too deep");
        }
        Keywords.requireKnown(schema, spot);
        if (schema.has("$ref")) {
            return referred(schema, spot);
        }
        if (schema.has("allOf")) {
            return read(merge.all(schema, spot), spot);
        }
        if (schema.has("anyOf") || schema.has("oneOf")) {
            return alternatives(schema, spot);
        }
        if (schema.has("const") || schema.has("enum")) {
            return values(schema, spot);
        }
        return ofTypes(schema, spot);
    }

    private Expression referred(JsonObject schema, Spot spot) {
        String reference = Keywords.text(schema, "$ref", spot).orElseThrow();
        if (spot.open().contains(reference)) {
            throw spot.beside("$ref")
                    .refuse("'%s' means nothing but itself; expected something in between".formatted(reference));
        }
        if (!Keywords.saysNothingBeside(schema, Set.of("$ref"))) {
            JsonObject alone = new JsonObject();
            alone.addProperty("$ref", reference);
            JsonElement both = merge.both(SchemaMerge.without(schema, Set.of("$ref")), alone, spot);
            return read(both, spot.behind(reference));
        }
        Definition definition = definitions.get(reference);
        if (definition == null) {
            definition = new Definition();
            definitions.put(reference, definition);
            definition.define(read(merge.target(reference, spot), spot.behind(reference)));
        }
        return expressions.rule(definition);
    }

    private Expression alternatives(JsonObject schema, Spot spot) {
        String key = schema.has("anyOf") ? "anyOf" : "oneOf";
        if (key.equals("anyOf") && schema.has("oneOf")) {
            throw spot.refuse("has both anyOf and oneOf; put one of them into the alternatives of the other");
        }
        JsonObject base = SchemaMerge.without(schema, Set.of(key));
        List<JsonElement> alternatives = new ArrayList<>();
        List<Expression> choices = new ArrayList<>();
        for (JsonElement alternative : Keywords.list(schema, key, spot)) {
            Spot own = spot.beside(key).beside("[%d]".formatted(alternatives.size()));
            JsonElement both = merge.both(base, alternative, own);
            // first of all, since it refuses what leads back to itself
            choices.add(read(both, own));
            for (JsonElement other : key.equals("oneOf") ? alternatives : List.<JsonElement>of()) {
                if (!merge.areDisjoint(both, other, own)) {
                    throw own.refuse(
                            "a document might fit this alternative of oneOf and another one; use anyOf, or give them different types or a"
                                    + " required property with different constants");
                }
            }
            alternatives.add(both);
        }
        return expressions.either(choices);
    }

    /** A constant, or one of several, as far as they fit what else the schema says. */
    private Expression values(JsonObject schema, Spot spot) {
        List<JsonElement> values = new ArrayList<>();
        if (schema.has("const")) {
            values.add(schema.get("const"));
        }
        if (schema.has("enum")) {
            List<Object> constant = values.stream().map(Values::comparable).toList();
            values.clear();
            for (JsonElement value : Keywords.list(schema, "enum", spot)) {
                if (constant.isEmpty() || constant.contains(Values.comparable(value))) {
                    values.add(value);
                }
            }
        }
        JsonObject rest = SchemaMerge.without(schema, Set.of("const", "enum"));
        Set<String> types = Keywords.declaredTypes(schema, spot);
        values.removeIf(value -> types.stream().noneMatch(type -> Values.isOf(type, value)));
        if (!Keywords.saysNothingBeside(rest, Set.of("type", "format"))) {
            if (values.stream().anyMatch(value -> value.isJsonObject() || value.isJsonArray())) {
                throw spot.refuse(
                        "lists objects or arrays beside other keywords; leave these out, since the values say it all");
            }
            Expression others = ofTypes(rest, spot);
            values.removeIf(value -> !accepts(others, Values.document(value)));
        }
        if (values.isEmpty()) {
            throw spot.refuse("no value of enum or const fits what else is said here; expected one at least");
        }
        return expressions.either(values.stream()
                .map(value -> expressions.literal(Values.document(value)))
                .toList());
    }

    private boolean accepts(Expression expression, String document) {
        Expression rest = expression;
        for (byte octet : document.getBytes(StandardCharsets.UTF_8)) {
            rest = expressions.next(rest, Byte.toUnsignedInt(octet));
        }
        return rest.isComplete();
    }

    private Expression ofTypes(JsonObject schema, Spot spot) {
        List<Expression> choices = new ArrayList<>();
        for (String type : Keywords.types(schema, spot)) {
            choices.add(
                    switch (type) {
                        case "object" -> object(schema, spot);
                        case "array" -> array(schema, spot);
                        case "string" -> string(schema, spot);
                        case "integer" -> integer(schema, spot);
                        case "number" -> number(schema, spot);
                        case "boolean" -> expressions.either(expressions.literal("true"), expressions.literal("false"));
                        default -> expressions.literal("null");
                    });
        }
        return expressions.either(choices);
    }

    /** Any document of so many levels. */
    private Expression any(int levels) {
        if (free.size() <= levels) {
            List<Expression> choices = new ArrayList<>(List.of(
                    quoted(expressions.times(character, 0, Expressions.UNBOUNDED)),
                    numbers.between(Bounds.NONE, Numbers.DECIMALS),
                    expressions.literal("true"),
                    expressions.literal("false"),
                    expressions.literal("null")));
            if (levels > 0) {
                Expression inside = any(levels - 1);
                choices.add(bracketed("[", list(List.of(), inside, new Range(0, Expressions.UNBOUNDED)), "]"));
                choices.add(bracketed(
                        "{",
                        expressions.firstEntries(inside, Set.of(), new Range(0, Expressions.MOST_FREE_ENTRIES)),
                        "}"));
            }
            free.add(expressions.either(choices));
        }
        return free.get(levels);
    }

    private Expression bracketed(String open, Expression inside, String close) {
        return expressions.sequence(expressions.literal(open), inside, expressions.literal(close));
    }

    private Expression quoted(Expression characters) {
        return bracketed("\"", characters, "\"");
    }

    private Expression string(JsonObject schema, Spot spot) {
        int least = Keywords.count(schema, "minLength", 0, spot);
        int most = Keywords.count(schema, "maxLength", Expressions.UNBOUNDED, spot);
        String pattern = pattern(schema, spot);
        if (pattern.isEmpty()) {
            return quoted(expressions.times(character, least, most));
        }
        Spot source = spot.beside(schema.has("pattern") ? "pattern" : "format");
        PatternReader.Part part = new PatternReader(expressions, pattern, source).read();
        if (part.shortest() < least || part.longest() > most) {
            throw spot.refuse(
                    "the pattern has %d to %s characters, beside minLength and maxLength; say the length in the pattern alone"
                            .formatted(
                                    part.shortest(),
                                    part.longest() == Expressions.UNBOUNDED ? "any number of" : part.longest()));
        }
        return quoted(part.expression());
    }

    /** The pattern that a schema's strings have, by its format if need be; an empty one where they have none. */
    private static String pattern(JsonObject schema, Spot spot) {
        String pattern = Keywords.text(schema, "pattern", spot).orElse("");
        String format = Keywords.text(schema, "format", spot).orElse("");
        if (Formats.isUnsupported(format)) {
            throw spot.beside("format")
                    .refuse("'%s' is not supported; use one of %s, or a pattern"
                            .formatted(format, Formats.supported()));
        }
        String ofFormat = Formats.pattern(format);
        if (ofFormat == null) {
            return pattern;
        }
        if (!pattern.isEmpty()) {
            throw spot.refuse("format '%s' stands beside a pattern; leave one of them out".formatted(format));
        }
        return ofFormat;
    }

    private Expression integer(JsonObject schema, Spot spot) {
        Bounds bounds = Bounds.read(schema, spot);
        int bits = switch (Keywords.text(schema, "format", spot).orElse("")) {
            case "int32" -> Integer.SIZE;
            case "int64" -> Long.SIZE;
            default -> 0;
        };
        return numbers.between(bits == 0 ? bounds : bounds.within(bits), 0);
    }

    private Expression number(JsonObject schema, Spot spot) {
        Bounds bounds = Bounds.read(schema, spot);
        return numbers.between(bounds, bounds.decimals(Numbers.DECIMALS));
    }

    private Expression array(JsonObject schema, Spot spot) {
        int least = Keywords.count(schema, "minItems", 0, spot);
        int most = Keywords.count(schema, "maxItems", Expressions.UNBOUNDED, spot);
        if (schema.get("items") instanceof JsonArray) {
            throw spot.beside("items")
                    .refuse("is a list; expected one schema: use prefixItems for items of different schemas");
        }
        if (most > 1 && schema.has("uniqueItems") && !schema.get("uniqueItems").equals(new JsonPrimitive(false))) {
            throw spot.beside("uniqueItems")
                    .refuse(
                            "items cannot be kept from being equal; leave it out, and drop those that are equal from the answer");
        }
        List<Expression> front = new ArrayList<>();
        if (schema.has("prefixItems")) {
            for (JsonElement item : Keywords.list(schema, "prefixItems", spot)) {
                front.add(read(item, spot.inside("prefixItems").inside("[%d]".formatted(front.size()))));
            }
        }
        Expression items = schema.has("items") ? read(schema.get("items"), spot.inside("items")) : any(FREE_LEVELS);
        return bracketed("[", list(front, items, new Range(least, most)), "]");
    }

    /** Items of an array: those of the front first. */
    private Expression list(List<Expression> front, Expression items, Range range) {
        Expression list = more(items, range, Math.max(1, front.size()));
        for (int at = Math.max(1, front.size()) - 1; at >= 0; at--) {
            Expression item = at < front.size() ? front.get(at) : items;
            Expression goesOn = range.most() > at
                    ? expressions.sequence(at == 0 ? expressions.empty() : comma, item, list)
                    : expressions.nothing();
            list = range.least() <= at ? expressions.optional(goesOn) : goesOn;
        }
        return list;
    }

    /** Items behind so many, each behind a comma. */
    private Expression more(Expression items, Range range, int before) {
        int most = range.most() == Expressions.UNBOUNDED ? range.most() : Math.max(0, range.most() - before);
        return expressions.times(expressions.then(comma, items), Math.max(0, range.least() - before), most);
    }

    private Expression object(JsonObject schema, Spot spot) {
        JsonObject properties = Keywords.schemas(schema, "properties", spot);
        Set<String> required = Keywords.texts(schema, "required", spot);
        JsonElement additional = schema.get("additionalProperties");
        boolean forbidden = additional != null && additional.equals(new JsonPrimitive(false));
        Expression value =
                additional == null ? any(FREE_LEVELS) : read(additional, spot.inside("additionalProperties"));
        List<Property> all = new ArrayList<>();
        properties
                .entrySet()
                .forEach(property -> all.add(new Property(
                        property.getKey(),
                        read(property.getValue(), spot.inside("properties").inside(property.getKey())),
                        required.contains(property.getKey()))));
        for (String name : required) {
            if (!properties.has(name)) {
                if (forbidden) {
                    throw spot.beside("required")
                            .refuse("names '%s', which is no property; add it to properties".formatted(name));
                }
                all.add(new Property(name, value, true));
            }
        }
        // where a schema names properties and does not ask for others, there are none
        boolean closed = forbidden || additional == null && !all.isEmpty();
        return bracketed(
                "{", members(all, closed ? expressions.nothing() : value, counts(schema, all, closed, spot)), "}");
    }

    /** A property that a schema names. */
    private record Property(String name, Expression value, boolean required) {}

    /** How many entries there may be beside those that are named. */
    private static Range counts(JsonObject schema, List<Property> named, boolean closed, Spot spot) {
        int least = Keywords.count(schema, "minProperties", 0, spot);
        int most = Keywords.count(schema, "maxProperties", Expressions.UNBOUNDED, spot);
        int required = (int) named.stream().filter(Property::required).count();
        if (most < named.size()) {
            throw spot.beside("maxProperties")
                    .refuse("is %d, and %d properties have names; leave it out, or name fewer"
                            .formatted(most, named.size()));
        }
        int missing = Math.max(0, least - required);
        if (closed && missing > 0) {
            throw spot.beside("minProperties")
                    .refuse("is %d, and %d properties are required; require more of them instead"
                            .formatted(least, required));
        }
        if (missing > Expressions.MOST_FREE_ENTRIES) {
            throw spot.beside("minProperties")
                    .refuse("asks for %d properties without names; expected at most %d"
                            .formatted(missing, Expressions.MOST_FREE_ENTRIES));
        }
        long shortNames =
                named.stream().filter(property -> property.name().length() == 1).count();
        if (!closed && shortNames > Expressions.MOST_SHORT_KEYS - Expressions.MOST_FREE_ENTRIES) {
            throw spot.beside("properties")
                    .refuse(
                            "names %d properties of one character and allows others; forbid these by additionalProperties: false"
                                    .formatted(shortNames));
        }
        return new Range(missing, Math.min(most - named.size(), Expressions.MOST_FREE_ENTRIES));
    }

    /** What stands between an object's braces: the named properties, in their order, and others. */
    private Expression members(List<Property> named, Expression other, Range others) {
        Set<String> names = new LinkedHashSet<>();
        named.forEach(property -> names.add(property.name()));
        Expression begun = expressions.laterEntries(other, names, others);
        Expression fresh = expressions.firstEntries(other, names, others);
        for (int at = named.size() - 1; at >= 0; at--) {
            Property property = named.get(at);
            Expression member = expressions.sequence(
                    expressions.literal(Characters.quoted(property.name()) + ":"),
                    expressions.space(),
                    property.value());
            Expression first = expressions.then(member, begun);
            Expression later = expressions.sequence(comma, member, begun);
            fresh = property.required() ? first : expressions.either(first, fresh);
            begun = property.required() ? later : expressions.either(later, begun);
        }
        return fresh;
    }
}
