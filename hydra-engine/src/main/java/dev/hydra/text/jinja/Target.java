package dev.hydra.text.jinja;

import java.util.List;

/** What a value can be given to: a variable, an attribute of a namespace, or several of them. */
@FunctionalInterface
interface Target {
    void assign(Rendering rendering, Object value);

    static Target variable(String name) {
        return (rendering, value) -> rendering.scope().set(name, value);
    }

    static Target attribute(String namespace, String name) {
        return (rendering, value) -> {
            if (!(rendering.scope().get(namespace) instanceof Namespace values)) {
                throw new TemplateException(
                        "'%s.%s' can't be set; only attributes of a namespace() can".formatted(namespace, name));
            }
            values.set(name, value);
        };
    }

    static Target several(List<Target> targets) {
        return (rendering, value) -> {
            List<Object> values = Python.elements(value, rendering.budget());
            if (values.size() != targets.size()) {
                throw new TemplateException(
                        "%d values can't be given to %d variables".formatted(values.size(), targets.size()));
            }
            for (int i = 0; i < values.size(); i++) {
                targets.get(i).assign(rendering, values.get(i));
            }
        };
    }
}
