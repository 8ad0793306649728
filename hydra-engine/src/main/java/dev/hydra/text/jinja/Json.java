package dev.hydra.text.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The filter {@code tojson}: Python's {@code json.dumps}, which leaves HTML alone. */
final class Json {
    private final String indent;
    private final boolean indented;
    private final String comma;
    private final String colon;
    private final boolean sorted;
    private final boolean ascii;
    private final Budget budget;
    private final StringBuilder json = new StringBuilder();

    private Json(Arguments.Bound options, Budget budget) {
        Object indent = options.or("indent", None.NONE);
        this.indented = indent != None.NONE;
        this.indent =
                indent instanceof String text ? text : indented ? spaces(Python.integer(indent, "tojson"), budget) : "";
        Object separators = options.or("separators", None.NONE);
        if (separators == None.NONE) {
            this.comma = indented ? "," : ", ";
            this.colon = ": ";
        } else {
            List<Object> pair = Python.elements(separators, budget);
            if (pair.size() != 2) {
                throw new TemplateException("tojson expects two separators, found " + pair.size());
            }
            this.comma = Python.string(pair.get(0), "tojson");
            this.colon = Python.string(pair.get(1), "tojson");
        }
        this.sorted = options.flag("sort_keys", false);
        this.ascii = options.flag("ensure_ascii", false);
        this.budget = budget;
    }

    /** A value as JSON. */
    static String write(Object value, Arguments options, Budget budget) {
        Json json = new Json(options.bind("tojson", "ensure_ascii", "indent", "separators", "sort_keys"), budget);
        json.value(value, 0);
        return json.json.toString();
    }

    private static String spaces(int count, Budget budget) {
        budget.characters(Math.max(0, count));
        return " ".repeat(Math.max(0, count));
    }

    private void value(Object value, int level) {
        budget.enter();
        if (value instanceof String text) {
            string(text);
        } else if (value instanceof List<?> list) {
            array(list, level);
        } else if (value instanceof Tuple tuple) {
            array(tuple.items(), level);
        } else if (value instanceof Map<?, ?> map) {
            object(map, level);
        } else {
            json.append(scalar(value));
        }
        budget.leave();
    }

    private String scalar(Object value) {
        if (value instanceof Boolean || value instanceof Long) {
            return value.toString();
        }
        if (value instanceof Double number) {
            return switch (Text.ofFloat(number)) {
                case "nan" -> "NaN";
                case "inf" -> "Infinity";
                case "-inf" -> "-Infinity";
                default -> Text.ofFloat(number);
            };
        }
        if (value == None.NONE) {
            return "null";
        }
        if (value instanceof Undefined undefined) {
            throw undefined.error();
        }
        throw new TemplateException("a value of type %s can't be written as JSON".formatted(Python.type(value)));
    }

    private void array(List<?> items, int level) {
        if (items.isEmpty()) {
            json.append("[]");
            return;
        }
        json.append('[');
        String between = "";
        for (Object item : items) {
            json.append(between);
            newLine(level + 1);
            value(item, level + 1);
            between = comma;
        }
        newLine(level);
        json.append(']');
    }

    private void object(Map<?, ?> map, int level) {
        if (map.isEmpty()) {
            json.append("{}");
            return;
        }
        List<Map.Entry<?, ?>> entries = new ArrayList<>(map.entrySet());
        if (sorted) {
            entries.sort((a, b) -> Operators.order(a.getKey(), b.getKey(), budget));
        }
        json.append('{');
        String between = "";
        for (Map.Entry<?, ?> entry : entries) {
            json.append(between);
            newLine(level + 1);
            string(entry.getKey() instanceof String key ? key : scalar(entry.getKey()));
            json.append(colon);
            value(entry.getValue(), level + 1);
            between = comma;
        }
        newLine(level);
        json.append('}');
    }

    private void newLine(int level) {
        budget.characters(comma.length() + colon.length() + 2L);
        if (indented) {
            budget.characters((long) indent.length() * level);
            json.append('\n').append(indent.repeat(level));
        }
    }

    private void string(String text) {
        budget.characters(text.length() + 2L);
        json.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> json.append("\\\"");
                case '\\' -> json.append("\\\\");
                case '\n' -> json.append("\\n");
                case '\r' -> json.append("\\r");
                case '\t' -> json.append("\\t");
                case '\b' -> json.append("\\b");
                case '\f' -> json.append("\\f");
                default -> {
                    if (c < ' ' || ascii && c > '~') {
                        json.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
                    } else {
                        json.append(c);
                    }
                }
            }
        }
        json.append('"');
    }
}
