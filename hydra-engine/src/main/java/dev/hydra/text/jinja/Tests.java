package dev.hydra.text.jinja;

import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Jinja's own tests: what may follow {@code is}. */
final class Tests {
    private static final Map<String, Test> ALL = Map.ofEntries(
            Map.entry("defined", (rendering, value, arguments) -> !(value instanceof Undefined)),
            Map.entry("undefined", (rendering, value, arguments) -> value instanceof Undefined),
            Map.entry("none", (rendering, value, arguments) -> value == None.NONE),
            Map.entry("boolean", (rendering, value, arguments) -> value instanceof Boolean),
            Map.entry("true", (rendering, value, arguments) -> value.equals(true)),
            Map.entry("false", (rendering, value, arguments) -> value.equals(false)),
            Map.entry("integer", (rendering, value, arguments) -> value instanceof Long),
            Map.entry("float", (rendering, value, arguments) -> value instanceof Double),
            Map.entry("number", (rendering, value, arguments) -> Python.isNumber(value)),
            Map.entry("string", (rendering, value, arguments) -> value instanceof String),
            Map.entry("mapping", (rendering, value, arguments) -> value instanceof Map),
            Map.entry("sequence", (rendering, value, arguments) -> Python.isIterable(value)),
            Map.entry("iterable", (rendering, value, arguments) -> Python.isIterable(value)),
            Map.entry("callable", (rendering, value, arguments) -> value instanceof Callable),
            Map.entry("escaped", (rendering, value, arguments) -> false),
            Map.entry("odd", (rendering, value, arguments) -> rest(value, 2L, rendering) == 1),
            Map.entry("even", (rendering, value, arguments) -> rest(value, 2L, rendering) == 0),
            Map.entry("divisibleby", (rendering, value, arguments) -> rest(value, other(arguments), rendering) == 0),
            Map.entry("upper", (rendering, value, arguments) -> {
                String text = Text.of(value, rendering.budget());
                return !text.equals(text.toLowerCase(Locale.ROOT)) && text.equals(text.toUpperCase(Locale.ROOT));
            }),
            Map.entry("lower", (rendering, value, arguments) -> {
                String text = Text.of(value, rendering.budget());
                return !text.equals(text.toUpperCase(Locale.ROOT)) && text.equals(text.toLowerCase(Locale.ROOT));
            }),
            Map.entry("sameas", (rendering, value, arguments) -> isSame(value, other(arguments))),
            Map.entry("test", (rendering, value, arguments) -> exists(Text.of(value, rendering.budget()))),
            Map.entry("filter", (rendering, value, arguments) -> Filters.exists(Text.of(value, rendering.budget()))),
            comparison("in", "in"),
            comparison("eq", "=="),
            comparison("equalto", "=="),
            comparison("==", "=="),
            comparison("ne", "!="),
            comparison("!=", "!="),
            comparison("lt", "<"),
            comparison("lessthan", "<"),
            comparison("<", "<"),
            comparison("le", "<="),
            comparison("<=", "<="),
            comparison("gt", ">"),
            comparison("greaterthan", ">"),
            comparison(">", ">"),
            comparison("ge", ">="),
            comparison(">=", ">="));

    private Tests() {}

    private static Map.Entry<String, Test> comparison(String name, String operator) {
        return Map.entry(
                name,
                (rendering, value, arguments) ->
                        Operators.compare(operator, value, other(arguments), rendering.budget()));
    }

    private static boolean exists(String name) {
        return ALL.containsKey(name);
    }

    private static long rest(Object value, Object divisor, Rendering rendering) {
        return Operators.toLong(Operators.binary("%", value, divisor, rendering.budget()));
    }

    private static Object other(Arguments arguments) {
        return arguments.bind("a test", "other").required("other");
    }

    private static boolean isSame(Object value, Object other) {
        return value == other
                || value.getClass() == other.getClass()
                        && !(value instanceof List)
                        && !(value instanceof Map)
                        && value.equals(other);
    }

    /**
     * The test of a name.
     *
     * @throws TemplateException if there is none
     */
    static Test named(String name) {
        Test test = ALL.get(name);
        if (test == null) {
            throw new TemplateException("there is no test '%s'".formatted(name));
        }
        return test;
    }

    /** A question about a value. */
    @FunctionalInterface
    interface Test {
        boolean holds(Rendering rendering, Object value, Arguments arguments);
    }
}
