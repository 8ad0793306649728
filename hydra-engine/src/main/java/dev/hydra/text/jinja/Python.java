package dev.hydra.text.jinja;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/*
 * Python's values, as Java holds them: None and Undefined are types of their own, bool is Boolean, int is Long, float is Double, str is
 * String, list is List, tuple is Tuple, dict is Map in the order of insertion. A template can change none of them, as in the sandbox
 * that transformers renders in; so nothing contains itself.
 */
/** What Python knows about any value: its type, its truth, its elements. */
final class Python {

    private Python() {}

    /**
     * A value from outside as one of Python's.
     *
     * @param value null, a boolean, a number, a text, a list, a map, or what Gson makes of them
     * @throws IllegalArgumentException if it is anything else
     */
    static Object value(@Nullable Object value) {
        if (value == null) {
            return None.NONE;
        }
        if (value instanceof JsonElement json) {
            return json(json);
        }
        if (value instanceof Iterable<?> elements) {
            List<Object> list = new ArrayList<>();
            elements.forEach(element -> list.add(value(element)));
            return list;
        }
        if (value instanceof Map<?, ?> map) {
            Map<Object, Object> values = new LinkedHashMap<>();
            map.forEach((key, element) -> values.put(key(value(key)), value(element)));
            return values;
        }
        if (value instanceof CharSequence) {
            return value.toString();
        }
        if (value instanceof Boolean) {
            return value;
        }
        if (value instanceof Number number) {
            return number(number);
        }
        throw new IllegalArgumentException(
                "a variable of a chat template is of %s; expected text, numbers, booleans, lists and maps"
                        .formatted(value.getClass()));
    }

    private static Object number(Number number) {
        if (number instanceof Double || number instanceof Float) {
            return number.doubleValue();
        }
        String digits = number.toString();
        try {
            return Long.valueOf(digits);
        } catch (NumberFormatException e) {
            return Double.valueOf(digits);
        }
    }

    private static Object json(JsonElement json) {
        if (json instanceof JsonObject object) {
            Map<Object, Object> values = new LinkedHashMap<>();
            object.entrySet().forEach(entry -> values.put(entry.getKey(), json(entry.getValue())));
            return values;
        }
        if (json instanceof JsonArray array) {
            List<Object> values = new ArrayList<>();
            array.forEach(element -> values.add(json(element)));
            return values;
        }
        if (json instanceof JsonPrimitive primitive) {
            return primitive.isBoolean()
                    ? (Object) primitive.getAsBoolean()
                    : primitive.isNumber() ? number(primitive.getAsNumber()) : primitive.getAsString();
        }
        return None.NONE;
    }

    /** The length of all texts in a value, in characters. */
    static long length(Object value) {
        long length = 1;
        if (value instanceof String text) {
            length += text.length();
        } else if (value instanceof List<?> list) {
            for (Object element : list) {
                length += length(element);
            }
        } else if (value instanceof Map<?, ?> map) {
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                length += length(entry.getKey()) + length(entry.getValue());
            }
        }
        return length;
    }

    /** The name of a value's type. */
    static String type(Object value) {
        if (value instanceof Boolean) {
            return "bool";
        }
        if (value instanceof Long) {
            return "int";
        }
        if (value instanceof Double) {
            return "float";
        }
        if (value instanceof String) {
            return "str";
        }
        if (value instanceof List) {
            return "list";
        }
        if (value instanceof Map) {
            return "dict";
        }
        if (value instanceof Tuple) {
            return "tuple";
        }
        if (value instanceof Callable) {
            return "function";
        }
        if (value instanceof Namespace) {
            return "Namespace";
        }
        return value == None.NONE ? "NoneType" : value instanceof Undefined ? "Undefined" : "object";
    }

    static boolean isTrue(Object value) {
        if (value instanceof Boolean flag) {
            return flag;
        }
        if (value instanceof Long number) {
            return number != 0;
        }
        if (value instanceof Double number) {
            return number != 0;
        }
        if (value instanceof String text) {
            return !text.isEmpty();
        }
        if (value instanceof List<?> list) {
            return !list.isEmpty();
        }
        if (value instanceof Map<?, ?> map) {
            return !map.isEmpty();
        }
        if (value instanceof Tuple tuple) {
            return !tuple.items().isEmpty();
        }
        return value != None.NONE && !(value instanceof Undefined);
    }

    static boolean isNumber(Object value) {
        return value instanceof Long || value instanceof Double || value instanceof Boolean;
    }

    /** Whether Python's {@code for} goes through it. */
    static boolean isIterable(Object value) {
        return value instanceof String
                || value instanceof List
                || value instanceof Map
                || value instanceof Tuple
                || value instanceof Undefined;
    }

    /** What a {@code for} over a value yields; to be counted before. */
    static List<Object> elements(Object value, Budget budget) {
        if (value instanceof String text) {
            budget.steps(text.length());
            List<Object> characters = new ArrayList<>();
            text.codePoints().forEach(point -> characters.add(Character.toString(point)));
            return characters;
        }
        List<Object> elements = new ArrayList<>();
        if (value instanceof List<?> list) {
            elements.addAll(list);
        } else if (value instanceof Map<?, ?> map) {
            elements.addAll(map.keySet());
        } else if (value instanceof Tuple tuple) {
            elements.addAll(tuple.items());
        } else if (!(value instanceof Undefined)) {
            throw new TemplateException("a value of type %s can't be gone through".formatted(type(value)));
        }
        budget.steps(elements.size());
        return elements;
    }

    /** A value as a dictionary's key. */
    static Object key(Object value) {
        if (value instanceof List || value instanceof Map || value instanceof Tuple) {
            throw new TemplateException("a value of type %s can't be a key of a dictionary".formatted(type(value)));
        }
        return value;
    }

    static String string(Object value, String whose) {
        if (value instanceof String text) {
            return text;
        }
        if (value instanceof Undefined undefined) {
            throw undefined.error();
        }
        throw new TemplateException("%s expects a text, found a value of type %s".formatted(whose, type(value)));
    }

    static int integer(Object value, String whose) {
        if (value instanceof Long number) {
            return (int) Math.max(Integer.MIN_VALUE, Math.min(Integer.MAX_VALUE, number));
        }
        if (value instanceof Boolean flag) {
            return flag ? 1 : 0;
        }
        if (value instanceof Undefined undefined) {
            throw undefined.error();
        }
        throw new TemplateException(
                "%s expects a whole number, found a value of type %s".formatted(whose, type(value)));
    }

    static Object orUndefined(@Nullable Object value, Object name) {
        return value == null ? new Undefined("'" + name + "'") : value;
    }
}
