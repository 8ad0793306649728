package dev.hydra.text.jinja;

import java.util.List;

/** The variable {@code loop}: where a loop stands. */
final class Loop implements Attributes, Callable {
    private final LoopElements elements;
    private final long depth;
    private final Callable again;
    private int index;
    private Object last = new Undefined("nothing");

    /**
     * A loop before its first element.
     *
     * @param depth 1, and one more inside every recursion
     * @param again what calling the loop does
     */
    Loop(LoopElements elements, long depth, Callable again) {
        this.elements = elements;
        this.depth = depth;
        this.again = again;
    }

    void at(int index) {
        this.index = index;
    }

    @Override
    public Object attribute(String name) {
        return switch (name) {
            case "index" -> index + 1L;
            case "index0" -> (long) index;
            case "revindex" -> (long) elements.size() - index;
            case "revindex0" -> elements.size() - index - 1L;
            case "first" -> index == 0;
            case "last" -> !elements.has(index + 1);
            case "length" -> (long) elements.size();
            case "depth" -> depth;
            case "depth0" -> depth - 1;
            case "previtem" -> index == 0 ? new Undefined("'previtem' of the first element") : elements.get(index - 1);
            case "nextitem" ->
                elements.has(index + 1) ? elements.get(index + 1) : new Undefined("'nextitem' of the last element");
            case "cycle" -> (Callable) (rendering, arguments) -> cycle(arguments.positional());
            case "changed" -> (Callable) this::changed;
            default -> new Undefined("'" + name + "' of the loop");
        };
    }

    private Object cycle(List<Object> values) {
        if (values.isEmpty()) {
            throw new TemplateException("loop.cycle needs values");
        }
        return values.get(index % values.size());
    }

    private Object changed(Rendering rendering, Arguments arguments) {
        Tuple values = Tuple.of(arguments.positional());
        boolean changed = !Operators.equal(last, values, rendering.budget());
        last = values;
        return changed;
    }

    @Override
    public Object call(Rendering rendering, Arguments arguments) {
        return again.call(rendering, arguments);
    }
}
