package dev.hydra.text.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The methods of Python's own types; those that change a value are left out, as the sandbox has it. */
final class Methods {
    private static final Set<String> OF_DICTIONARIES = Set.of("items", "keys", "values", "get", "copy");
    private static final Set<String> OF_LISTS = Set.of("count", "index", "copy");
    private static final Set<String> OF_TUPLES = Set.of("count", "index");

    private Methods() {}

    static boolean has(Object value, String name) {
        if (value instanceof String) {
            return Strings.METHODS.contains(name);
        }
        return value instanceof Map && OF_DICTIONARIES.contains(name)
                || value instanceof List && OF_LISTS.contains(name)
                || value instanceof Tuple && OF_TUPLES.contains(name);
    }

    /** A method that {@link #has} knows, with its value. */
    static Callable of(Object value, String name) {
        if (value instanceof String text) {
            return (rendering, arguments) -> {
                rendering.budget().scan(text);
                arguments.texts().forEach(argument -> rendering.budget().scan(text, argument));
                return new Strings(text, name, rendering.budget()).call(arguments);
            };
        }
        if (value instanceof Map<?, ?> map) {
            return (rendering, arguments) -> dictionary(map, name, arguments, rendering.budget());
        }
        return (rendering, arguments) -> sequence(value, name, arguments, rendering.budget());
    }

    private static Object dictionary(Map<?, ?> map, String name, Arguments arguments, Budget budget) {
        if (name.equals("get")) {
            Arguments.Bound bound = arguments.bind("get", "key", "default");
            Object found = map.get(Python.key(bound.required("key")));
            return found == null ? bound.or("default", None.NONE) : found;
        }
        arguments.bind(name);
        budget.steps(map.size());
        return switch (name) {
            case "items" -> items(map);
            case "keys" -> new ArrayList<Object>(map.keySet());
            case "values" -> new ArrayList<Object>(map.values());
            default -> map;
        };
    }

    /** Keys and values as pairs. */
    static List<Object> items(Map<?, ?> map) {
        List<Object> items = new ArrayList<>();
        map.forEach((key, value) -> items.add(Tuple.of(key, value)));
        return items;
    }

    private static Object sequence(Object value, String name, Arguments arguments, Budget budget) {
        if (name.equals("copy")) {
            arguments.bind(name);
            return value;
        }
        Object wanted = arguments.bind(name, "value").required("value");
        List<Object> elements = Python.elements(value, budget);
        long count = 0;
        for (int i = 0; i < elements.size(); i++) {
            if (Operators.equal(elements.get(i), wanted, budget)) {
                if (name.equals("index")) {
                    return (long) i;
                }
                count++;
            }
        }
        if (name.equals("index")) {
            throw new TemplateException(Text.representation(wanted, budget) + " is not in the list");
        }
        return count;
    }
}
