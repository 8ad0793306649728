package dev.hydra.text.jinja;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a call hands over.
 *
 * @param positional the arguments by place
 * @param named the arguments by name
 */
record Arguments(List<Object> positional, Map<String, Object> named) {
    static final Arguments NONE = new Arguments(List.of(), Map.of());

    static Arguments of(Object... positional) {
        return new Arguments(List.of(positional), Map.of());
    }

    /** Finds the place of every argument. */
    Bound bind(String callee, String... parameters) {
        if (positional.size() > parameters.length) {
            throw new TemplateException(
                    "%s takes %d arguments at most, found %d".formatted(callee, parameters.length, positional.size()));
        }
        Map<String, Object> values = new HashMap<>();
        for (int i = 0; i < positional.size(); i++) {
            values.put(parameters[i], positional.get(i));
        }
        named.forEach((name, value) -> {
            if (!Arrays.asList(parameters).contains(name)) {
                throw new TemplateException("%s has no argument '%s'".formatted(callee, name));
            }
            if (values.put(name, value) != null) {
                throw new TemplateException("%s gets its argument '%s' twice".formatted(callee, name));
            }
        });
        return new Bound(callee, values);
    }

    /** Those that are texts. */
    List<String> texts() {
        return Stream.concat(positional.stream(), named.values().stream())
                .filter(String.class::isInstance)
                .map(String.class::cast)
                .toList();
    }

    /** The same without the first few by place. */
    Arguments from(int first) {
        return new Arguments(positional.subList(first, positional.size()), named);
    }

    /** The same with another one in front. */
    Arguments after(Object first) {
        List<Object> all = new ArrayList<>();
        all.add(first);
        all.addAll(positional);
        return new Arguments(all, named);
    }

    /** Arguments at their places. */
    record Bound(String callee, Map<String, Object> values) {

        Object required(String parameter) {
            Object value = values.get(parameter);
            if (value == null) {
                throw new TemplateException("%s needs its argument '%s'".formatted(callee, parameter));
            }
            return value;
        }

        boolean has(String parameter) {
            return values.containsKey(parameter);
        }

        Object or(String parameter, Object otherwise) {
            @Nullable Object value = values.get(parameter);
            return value == null ? otherwise : value;
        }

        boolean flag(String parameter, boolean otherwise) {
            @Nullable Object value = values.get(parameter);
            return value == null ? otherwise : Python.isTrue(value);
        }

        String string(String parameter) {
            return Python.string(required(parameter), callee);
        }

        String string(String parameter, String otherwise) {
            @Nullable Object value = values.get(parameter);
            return value == null ? otherwise : Python.string(value, callee);
        }

        int integer(String parameter) {
            return Python.integer(required(parameter), callee);
        }

        /** A number; what stands for None, too. */
        int integer(String parameter, int otherwise) {
            @Nullable Object value = values.get(parameter);
            return value == null || value == None.NONE ? otherwise : Python.integer(value, callee);
        }
    }
}
