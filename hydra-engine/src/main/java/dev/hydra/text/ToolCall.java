package dev.hydra.text;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A call of a function that the assistant asked for.
 *
 * @param id what the result refers to; some templates insist on a certain form
 * @param name the function's
 * @param arguments by name, in the order in which they are to be written: null, booleans, numbers, texts, lists and maps, or what Gson
 *     makes of them
 */
public record ToolCall(String id, String name, Map<String, ?> arguments) {
    public ToolCall {
        if (name.isBlank()) {
            throw new IllegalArgumentException("name of a called function is blank");
        }
        arguments = Collections.unmodifiableMap(new LinkedHashMap<>(arguments));
    }
}
