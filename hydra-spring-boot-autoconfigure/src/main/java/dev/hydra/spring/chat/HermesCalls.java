package dev.hydra.spring.chat;

import dev.hydra.text.ToolCall;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** The format of Hermes and Qwen: each call between tags. The closing tag may be missing at the end of an answer. */
record HermesCalls() implements CallSyntax {

    private static final String OPEN = "<tool_call>";
    private static final String CLOSE = "</tool_call>";

    /** Tag, white space, call. */
    private static final int WITHOUT_CLOSE = 3;

    @Override
    public ToolFormat format() {
        return ToolFormat.HERMES;
    }

    @Override
    public List<String> markers() {
        return List.of(OPEN, CLOSE);
    }

    @Override
    public List<CallPattern> patterns(Place place, Set<String> names) {
        JsonPart call = JsonPart.call(names);
        List<Part> parts = List.of(Part.literal(OPEN), Part.space(), call, Part.space(), Part.literal(CLOSE));
        return List.of(CallPattern.of(parts, call::calls).whole(WITHOUT_CLOSE));
    }

    @Override
    public boolean isIn(String written, String name) {
        return written.contains(OPEN) && written.contains("\"" + name + "\"");
    }

    @Override
    public String opening() {
        return OPEN + "\n";
    }

    @Override
    public String write(List<ToolCall> calls) {
        return calls.stream()
                .map(call -> "%s\n%s\n%s".formatted(OPEN, JsonText.call(call, argumentsKey()), CLOSE))
                .collect(Collectors.joining("\n"));
    }

    @Override
    public String instructions() {
        return """
                To call a tool, write the call between tags, each call between its own:
                <tool_call>
                {"name": "the tool's name", "arguments": {"parameter": "value"}}
                </tool_call>""";
    }
}
