package dev.hydra.text.jinja;

import com.hubspot.jinjava.tree.Node;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A part of a template that can be called; it sees what is seen where it is defined. */
final class Macro implements Callable, Attributes {
    private final Signature signature;
    private final List<Node> body;
    private final Scope definition;

    Macro(Signature signature, List<Node> body, Scope definition) {
        this.signature = signature;
        this.body = body;
        this.definition = definition;
    }

    @Override
    public Object call(Rendering rendering, Arguments arguments) {
        Scope scope = new Scope(definition);
        List<String> names = signature.names();
        Map<String, Object> named = new LinkedHashMap<>(arguments.named());
        List<Object> given = arguments.positional();
        for (int i = 0; i < Math.min(names.size(), given.size()); i++) {
            scope.set(names.get(i), given.get(i));
        }
        for (String name : names.subList(Math.min(names.size(), given.size()), names.size())) {
            scope.set(name, new Undefined("argument '%s' of %s".formatted(name, signature.name())));
        }
        return rendering.within(scope, () -> {
            for (int i = given.size(); i < names.size(); i++) {
                String name = names.get(i);
                Object value = named.remove(name);
                @Nullable Expression standard = signature.defaults().get(name);
                if (value != null) {
                    scope.set(name, value);
                } else if (standard != null) {
                    scope.set(name, standard.evaluate(rendering));
                }
            }
            Object caller = named.remove("caller");
            scope.set("caller", caller == null ? new Undefined("'caller'") : caller);
            surplus(scope, given, named);
            return rendering.body(body);
        });
    }

    /** What is given beyond the signature goes to {@code varargs} and {@code kwargs}, if the body asks for them. */
    private void surplus(Scope scope, List<Object> given, Map<String, Object> named) {
        List<Object> more = new ArrayList<>(
                given.subList(Math.min(given.size(), signature.names().size()), given.size()));
        if (!more.isEmpty() && !mentions("varargs")) {
            throw new TemplateException("%s takes %d arguments at most, found %d"
                    .formatted(signature.name(), signature.names().size(), given.size()));
        }
        if (!named.isEmpty() && !mentions("kwargs")) {
            throw new TemplateException("%s has no argument '%s'"
                    .formatted(signature.name(), named.keySet().iterator().next()));
        }
        scope.set("varargs", Tuple.of(more));
        scope.set("kwargs", new LinkedHashMap<Object, Object>(named));
    }

    private boolean mentions(String variable) {
        return body.stream().anyMatch(node -> node.reconstructImage().contains(variable));
    }

    @Override
    public Object attribute(String name) {
        return switch (name) {
            case "name" -> signature.name();
            case "arguments" -> Tuple.of(new ArrayList<>(signature.names()));
            default -> new Undefined("'%s' of the macro %s".formatted(name, signature.name()));
        };
    }

    /**
     * How a macro is called.
     *
     * @param name as an error tells it
     * @param names the arguments, in order
     * @param defaults what stands for arguments that are not given, computed at every call
     */
    record Signature(String name, List<String> names, Map<String, Expression> defaults) {}
}
