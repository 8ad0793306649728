package dev.hydra.spring.chat;

import dev.hydra.text.ToolCall;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** A format for any model: JSON where an answer begins, in a fence of code or not. */
record JsonCalls() implements CallSyntax {

    private static final String FENCE = "```";

    /** Fence, language, white space, calls. */
    private static final int WITHOUT_CLOSE = 4;

    @Override
    public ToolFormat format() {
        return ToolFormat.JSON;
    }

    @Override
    public List<String> markers() {
        return List.of();
    }

    @Override
    public List<CallPattern> patterns(Place place, Set<String> names) {
        if (place == Place.TEXT) {
            return List.of();
        }
        JsonPart bare = JsonPart.calls(names);
        JsonPart fenced = JsonPart.calls(names);
        List<Part> fence =
                List.of(Part.literal(FENCE), Part.word(), Part.space(), fenced, Part.space(), Part.literal(FENCE));
        return List.of(
                CallPattern.of(List.of(bare), bare::calls),
                CallPattern.of(fence, fenced::calls).whole(WITHOUT_CLOSE));
    }

    /** No model was trained on it, so no template writes it. */
    @Override
    public boolean isIn(String written, String name) {
        return false;
    }

    @Override
    public String write(List<ToolCall> calls) {
        String written =
                calls.stream().map(call -> JsonText.call(call, argumentsKey())).collect(Collectors.joining(", "));
        return calls.size() == 1 ? written : "[" + written + "]";
    }

    @Override
    public String instructions() {
        return """
                To call a tool, answer with a JSON object and nothing else:
                {"name": "the tool's name", "arguments": {"parameter": "value"}}
                To call several at once, answer with a list of such objects.""";
    }
}
