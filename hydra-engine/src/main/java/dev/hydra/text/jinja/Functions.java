package dev.hydra.text.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The functions that every template can call. */
final class Functions {
    private static final int LONGEST_RANGE = 100_000;

    private Functions() {}

    /** A scope with the functions. */
    static Scope scope() {
        Scope scope = new Scope(null);
        define(scope, "range", Functions::range);
        define(scope, "dict", Functions::dictionary);
        define(scope, "namespace", Functions::namespace);
        define(scope, "joiner", Functions::joiner);
        define(scope, "cycler", (rendering, arguments) -> new Cycler(arguments.positional()));
        define(scope, "raise_exception", (rendering, arguments) -> {
            Object message = arguments.bind("raise_exception", "message").required("message");
            throw new TemplateException.Raised(Text.of(message, rendering.budget()));
        });
        define(scope, "strftime_now", (rendering, arguments) -> {
            String format = arguments.bind("strftime_now", "format").string("format");
            return rendering.budget().made(Strftime.format(format, rendering.clock()));
        });
        return new Scope(scope);
    }

    private static void define(Scope scope, String name, Callable function) {
        scope.set(name, function);
    }

    private static Object range(Rendering rendering, Arguments arguments) {
        List<Object> given = arguments.positional();
        if (given.isEmpty() || given.size() > 3 || !arguments.named().isEmpty()) {
            throw new TemplateException("range takes one to three numbers");
        }
        long from = given.size() == 1 ? 0 : Python.integer(given.get(0), "range");
        long to = Python.integer(given.get(given.size() == 1 ? 0 : 1), "range");
        long step = given.size() == 3 ? Python.integer(given.get(2), "range") : 1;
        if (step == 0) {
            throw new TemplateException("range has a step of 0");
        }
        long count = Math.max(0, step > 0 ? (to - from + step - 1) / step : (from - to - step - 1) / -step);
        if (count > LONGEST_RANGE) {
            throw new TemplateException("range has %d numbers; expected %d at most".formatted(count, LONGEST_RANGE));
        }
        rendering.budget().steps(count);
        List<Object> range = new ArrayList<>((int) count);
        for (long i = 0; i < count; i++) {
            range.add(from + i * step);
        }
        return range;
    }

    private static Map<Object, Object> dictionary(Rendering rendering, Arguments arguments) {
        Map<Object, Object> values = new LinkedHashMap<>();
        for (Object given : arguments.positional()) {
            if (given instanceof Map<?, ?> map) {
                values.putAll(map);
            } else {
                for (Object pair : Python.elements(given, rendering.budget())) {
                    List<Object> entry = Python.elements(pair, rendering.budget());
                    if (entry.size() != 2) {
                        throw new TemplateException(
                                "a dictionary is made of pairs, found %d values".formatted(entry.size()));
                    }
                    values.put(Python.key(entry.get(0)), entry.get(1));
                }
            }
        }
        values.putAll(arguments.named());
        rendering.budget().steps(values.size());
        return values;
    }

    private static Object namespace(Rendering rendering, Arguments arguments) {
        Map<String, Object> values = new LinkedHashMap<>();
        dictionary(rendering, arguments).forEach((name, value) -> values.put(Python.string(name, "namespace"), value));
        return new Namespace(values);
    }

    private static Callable joiner(Rendering rendering, Arguments arguments) {
        Object separator = arguments.bind("joiner", "sep").or("sep", ", ");
        boolean[] used = new boolean[1];
        return (later, none) -> {
            Object text = used[0] ? separator : "";
            used[0] = true;
            return text;
        };
    }

    /** What {@code cycler()} makes: values, again and again. */
    private static final class Cycler implements Attributes {
        private final List<Object> values;
        private int at;

        Cycler(List<Object> values) {
            if (values.isEmpty()) {
                throw new TemplateException("cycler needs values");
            }
            this.values = values;
        }

        @Override
        public Object attribute(String name) {
            return switch (name) {
                case "current" -> values.get(at);
                case "next" -> (Callable) (rendering, arguments) -> next();
                case "reset" ->
                    (Callable) (rendering, arguments) -> {
                        at = 0;
                        return None.NONE;
                    };
                default -> new Undefined("'" + name + "' of the cycler");
            };
        }

        private Object next() {
            Object value = values.get(at);
            at = (at + 1) % values.size();
            return value;
        }
    }
}
