package dev.hydra.text.jinja;

import java.util.LinkedHashMap;
import java.util.Map;

/** What {@code namespace()} makes: the only value that a template can change. */
final class Namespace implements Attributes {
    private final Map<String, Object> values;

    Namespace(Map<String, Object> values) {
        this.values = new LinkedHashMap<>(values);
    }

    @Override
    public Object attribute(String name) {
        Object value = values.get(name);
        return value == null ? new Undefined("attribute '" + name + "' of the namespace") : value;
    }

    void set(String name, Object value) {
        values.put(name, value);
    }
}
