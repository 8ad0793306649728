package dev.hydra.grammar;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;

/** Random JSON schemas of the kind that is supported, for tests. */
public final class RandomSchemas {

    private static final List<String> NAMES =
            List.of("name", "a", "ab", "id", "größe", "with space", "quo\\\"te", "x", "items", "日本");
    private static final List<String> PATTERNS =
            List.of("^[a-c]{2,4}$", "^\\\\d+$", "x", "^(?:ab|cd)*e?$", "^[^a]{1,3}$", "^.{0,5}$", "\\\\w-\\\\w$");
    private static final List<String> FORMATS =
            List.of("date", "time", "date-time", "duration", "uuid", "ipv4", "email", "hostname", "uri", "password");

    private final Random random;
    private final boolean recursive;

    private RandomSchemas(Random random) {
        this.random = random;
        this.recursive = random.nextInt(4) == 0;
    }

    /** A schema; the same seed gives the same. */
    public static String next(Random random) {
        RandomSchemas schemas = new RandomSchemas(random);
        String schema = schemas.schema(3);
        if (!schemas.recursive) {
            return schema;
        }
        String tree =
                "{\"type\":\"object\",\"properties\":{\"value\":%s,\"children\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/tree\"}}}}"
                        .formatted(schemas.schema(1));
        return "{\"$defs\":{\"tree\":%s},\"type\":\"object\",\"properties\":{\"first\":%s,\"root\":{\"$ref\":\"#/$defs/tree\"}},\"required\":[\"root\"]}"
                .formatted(tree, schema.startsWith("{") ? schema : "{}");
    }

    private String schema(int levels) {
        int kind = random.nextInt(levels == 0 ? 7 : 13);
        return switch (kind) {
            case 0 -> string();
            case 1 -> number("integer");
            case 2 -> number("number");
            case 3 -> "{\"type\":\"boolean\",\"description\":\"yes or no\"}";
            case 4 -> "{\"enum\":[\"red\",\"gr\\u00fcn\",7,null,true,{\"a\":[1]}]}";
            case 5 -> "{\"type\":[\"string\",\"null\"],\"maxLength\":%d}".formatted(random.nextInt(9));
            case 6 -> random.nextBoolean() ? "{\"const\":\"fixed\"}" : "true";
            case 7 -> array(levels);
            case 8 -> "{\"anyOf\":[%s,%s]}".formatted(schema(levels - 1), schema(levels - 1));
            case 9 -> "{\"oneOf\":[{\"type\":\"null\"},%s]}".formatted(object(levels));
            default -> object(levels);
        };
    }

    private String string() {
        List<String> keywords = new ArrayList<>(List.of("\"type\":\"string\""));
        switch (random.nextInt(5)) {
            case 0 -> keywords.add("\"pattern\":\"%s\"".formatted(pick(PATTERNS)));
            case 1 -> keywords.add("\"format\":\"%s\"".formatted(pick(FORMATS)));
            case 2 -> {
                int least = random.nextInt(4);
                keywords.add("\"minLength\":" + least);
                keywords.add("\"maxLength\":" + (least + random.nextInt(30)));
            }
            case 3 -> keywords.add("\"minLength\":" + random.nextInt(20));
            default -> {}
        }
        return object(keywords);
    }

    private String number(String type) {
        List<String> keywords = new ArrayList<>(List.of("\"type\":\"%s\"".formatted(type)));
        double low = random.nextInt(2000) - 1000;
        double high = low + random.nextInt(random.nextBoolean() ? 3 : 5000);
        double fine = type.equals("number") ? random.nextInt(100) / 100.0 : 0;
        if (random.nextInt(3) > 0) {
            keywords.add("\"%s\":%s".formatted(random.nextBoolean() ? "minimum" : "exclusiveMinimum", low - 1 - fine));
        }
        if (random.nextInt(3) > 0) {
            keywords.add("\"%s\":%s".formatted(random.nextBoolean() ? "maximum" : "exclusiveMaximum", high + 1 + fine));
        }
        if (type.equals("integer") && random.nextInt(4) == 0) {
            keywords.add("\"format\":\"int32\"");
        }
        return object(keywords);
    }

    private String array(int levels) {
        List<String> keywords = new ArrayList<>(List.of("\"type\":\"array\""));
        if (random.nextInt(4) == 0) {
            keywords.add("\"prefixItems\":[%s,%s]".formatted(schema(levels - 1), schema(0)));
        }
        keywords.add("\"items\":" + schema(levels - 1));
        int least = random.nextInt(3);
        if (random.nextBoolean()) {
            keywords.add("\"minItems\":" + least);
        }
        if (random.nextBoolean()) {
            keywords.add("\"maxItems\":" + (least + random.nextInt(4)));
        }
        return object(keywords);
    }

    private String object(int levels) {
        List<String> names =
                NAMES.stream().filter(name -> random.nextInt(3) == 0).toList();
        List<String> required =
                names.stream().filter(name -> random.nextBoolean()).toList();
        List<String> keywords = new ArrayList<>(List.of("\"type\":\"object\""));
        keywords.add("\"properties\":"
                + object(names.stream()
                        .map(name -> "\"%s\":%s".formatted(name, schema(levels - 1)))
                        .toList()));
        keywords.add("\"required\":"
                + required.stream().map(name -> "\"" + name + "\"").collect(Collectors.joining(",", "[", "]")));
        switch (random.nextInt(4)) {
            case 0 -> keywords.add("\"additionalProperties\":false");
            case 1 -> {
                keywords.add("\"additionalProperties\":" + schema(0));
                if (random.nextBoolean()) {
                    keywords.add("\"minProperties\":" + random.nextInt(4));
                }
            }
            default -> {}
        }
        return object(keywords);
    }

    private static String object(List<String> keywords) {
        return keywords.stream().collect(Collectors.joining(",", "{", "}"));
    }

    private <T> T pick(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }
}
