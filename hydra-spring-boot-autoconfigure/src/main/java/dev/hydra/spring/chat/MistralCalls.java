package dev.hydra.spring.chat;

import dev.hydra.text.ToolCall;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The formats of Mistral: a list of calls behind a token of its own, or a name and its arguments. */
record MistralCalls() implements CallSyntax {

    private static final String TAG = "[TOOL_CALLS]";
    private static final String ID_TAG = "[CALL_ID]";
    private static final String ARGUMENTS_TAG = "[ARGS]";
    private static final Pattern ID = Pattern.compile("[a-zA-Z0-9]{9}");

    @Override
    public ToolFormat format() {
        return ToolFormat.MISTRAL;
    }

    @Override
    public List<String> markers() {
        return List.of(TAG, ID_TAG, ARGUMENTS_TAG);
    }

    @Override
    public List<CallPattern> patterns(Place place, Set<String> names) {
        JsonPart list = JsonPart.calls(names);
        return List.of(
                CallPattern.of(List.of(Part.literal(TAG), Part.space(), list), list::calls),
                named(names, List.of()),
                named(names, List.of(Part.literal(ARGUMENTS_TAG))),
                named(names, List.of(Part.literal(ID_TAG), Part.word(), Part.literal(ARGUMENTS_TAG))));
    }

    private static CallPattern named(Set<String> names, List<Part> between) {
        Part.Name name = Part.name(names);
        JsonPart arguments = JsonPart.object();
        List<Part> parts = new ArrayList<>(List.of(Part.literal(TAG), Part.space(), name));
        parts.addAll(between);
        parts.addAll(List.of(Part.space(), arguments));
        return CallPattern.of(parts, () -> List.of(new Call(name.toString(), arguments.toString())));
    }

    @Override
    public boolean isIn(String written, String name) {
        return written.contains(TAG) && written.contains(name);
    }

    @Override
    public String opening() {
        return TAG + " [";
    }

    @Override
    public String write(List<ToolCall> calls) {
        return calls.stream()
                .map(call -> JsonText.call(call, argumentsKey()))
                .collect(Collectors.joining(", ", opening(), "]"));
    }

    @Override
    public String instructions() {
        return """
                To call tools, answer with the list of calls and nothing else:
                [TOOL_CALLS] [{"name": "the tool's name", "arguments": {"parameter": "value"}}]""";
    }

    /** Mistral's templates insist on nine letters and digits; of another id, the same nine every time. */
    @Override
    public String id(String id) {
        return ID.matcher(id).matches()
                ? id
                : UUID.nameUUIDFromBytes(id.getBytes(StandardCharsets.UTF_8))
                        .toString()
                        .replace("-", "")
                        .substring(0, 9);
    }
}
