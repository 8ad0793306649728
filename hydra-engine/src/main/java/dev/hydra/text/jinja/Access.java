package dev.hydra.text.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What is in a value: attributes, elements, slices. */
final class Access {
    private Access() {}

    /** {@code value.name}: an attribute or a method, else the element of that key. */
    static Object attribute(Object value, String name) {
        if (value instanceof Undefined undefined) {
            throw undefined.error();
        }
        if (value instanceof Attributes attributes) {
            return attributes.attribute(name);
        }
        if (value instanceof Tuple tuple && tuple.names().contains(name)) {
            return tuple.items().get(tuple.names().indexOf(name));
        }
        if (Methods.has(value, name)) {
            return Methods.of(value, name);
        }
        if (value instanceof Map<?, ?> map) {
            return Python.orUndefined(map.get(name), name);
        }
        return new Undefined("'%s' of a value of type %s".formatted(name, Python.type(value)));
    }

    /** {@code value[key]}: the element of a key or at an index, else the attribute of that name. */
    static Object item(Object value, Object key, Budget budget) {
        if (value instanceof Undefined undefined) {
            throw undefined.error();
        }
        if (value instanceof Map<?, ?> map) {
            Object found = key instanceof List || key instanceof Map || key instanceof Tuple ? null : map.get(key);
            if (found != null) {
                return found;
            }
        }
        if (key instanceof Long || key instanceof Boolean) {
            Object found = at(value, Operators.toLong(key), budget);
            return Python.orUndefined(found, key);
        }
        return key instanceof String name ? attribute(value, name) : new Undefined("an element");
    }

    private static @Nullable Object at(Object value, long index, Budget budget) {
        if (value instanceof String text) {
            budget.scan(text);
            int length = text.codePointCount(0, text.length());
            long from = index < 0 ? index + length : index;
            if (from < 0 || from >= length) {
                return null;
            }
            return Character.toString(text.codePointAt(text.offsetByCodePoints(0, (int) from)));
        }
        List<?> items = value instanceof List<?> list ? list : value instanceof Tuple tuple ? tuple.items() : List.of();
        long from = index < 0 ? index + items.size() : index;
        return from < 0 || from >= items.size() ? null : items.get((int) from);
    }

    /** {@code value[from:to:step]}. */
    static Object slice(Object value, Slice slice, Budget budget) {
        if (value instanceof String text) {
            return slice(text, slice, budget);
        }
        if (value instanceof List<?> list) {
            return slice(list, slice, budget);
        }
        if (value instanceof Tuple tuple) {
            return Tuple.of(slice(tuple.items(), slice, budget));
        }
        if (value instanceof Undefined undefined) {
            throw undefined.error();
        }
        return new Undefined("a slice of a value of type " + Python.type(value));
    }

    private static String slice(String text, Slice slice, Budget budget) {
        int[] points = text.codePoints().toArray();
        budget.characters(points.length);
        StringBuilder sliced = new StringBuilder();
        slice.indices(points.length).forEach(index -> sliced.appendCodePoint(points[index]));
        return sliced.toString();
    }

    private static List<Object> slice(List<?> list, Slice slice, Budget budget) {
        List<Object> sliced = new ArrayList<>();
        slice.indices(list.size()).forEach(index -> sliced.add(list.get(index)));
        budget.steps(sliced.size());
        return sliced;
    }

    /**
     * What stands between the brackets; None for what is left out.
     *
     * @param from where it begins
     * @param to where it ends, that place excluded
     * @param step how far it is from one to the next; negative for backwards
     */
    record Slice(Object from, Object to, Object step) {

        private List<Integer> indices(int length) {
            long stride = step == None.NONE ? 1 : Python.integer(step, "a slice");
            if (stride == 0) {
                throw new TemplateException("a slice has a step of 0");
            }
            long low = stride > 0 ? 0 : -1;
            long high = stride > 0 ? length : length - 1L;
            long start = from == None.NONE ? stride > 0 ? low : high : bound(from, length, low, high);
            long end = to == None.NONE ? stride > 0 ? high : low : bound(to, length, low, high);
            List<Integer> indices = new ArrayList<>();
            for (long i = start; stride > 0 ? i < end : i > end; i += stride) {
                indices.add((int) i);
            }
            return indices;
        }

        private static long bound(Object given, int length, long low, long high) {
            long index = Python.integer(given, "a slice");
            return Math.max(low, Math.min(high, index < 0 ? index + length : index));
        }
    }
}
