package dev.hydra.spring.chat;

import dev.hydra.text.ToolCall;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The format of Llama 3.1: bare JSON where an answer begins, or behind a token of its own. */
record LlamaCalls() implements CallSyntax {

    private static final String TAG = "<|python_tag|>";
    private static final char SEPARATOR = ';';

    @Override
    public ToolFormat format() {
        return ToolFormat.LLAMA;
    }

    @Override
    public List<String> markers() {
        return List.of(TAG);
    }

    @Override
    public List<CallPattern> patterns(Place place, Set<String> names) {
        JsonPart tagged = JsonPart.call(names);
        CallPattern behindTag = CallPattern.of(List.of(Part.literal(TAG), Part.space(), tagged), tagged::calls);
        JsonPart bare = JsonPart.call(names);
        return switch (place) {
            case START -> List.of(behindTag, CallPattern.of(List.of(bare), bare::calls));
            case BEHIND_CALL ->
                List.of(behindTag, CallPattern.of(List.of(Part.optional(SEPARATOR), Part.space(), bare), bare::calls));
            case TEXT -> List.of(behindTag);
        };
    }

    @Override
    public boolean isIn(String written, String name) {
        return Pattern.compile("\\{\\s*\"name\":\\s*\"" + Pattern.quote(name) + "\",\\s*\"parameters\"")
                .matcher(written)
                .find();
    }

    @Override
    public String argumentsKey() {
        return "parameters";
    }

    @Override
    public String write(List<ToolCall> calls) {
        return calls.stream()
                .map(call -> JsonText.call(call, argumentsKey()))
                .collect(Collectors.joining(SEPARATOR + " "));
    }

    @Override
    public String instructions() {
        return """
                To call a tool, answer with the call and nothing else; put a semicolon between several calls:
                {"name": "the tool's name", "parameters": {"parameter": "value"}}""";
    }
}
