package dev.hydra.spring.chat;

import dev.hydra.text.ToolCall;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** JSON objects as maps in the order of their keys, and back. */
final class JsonText {

    private static final JsonMapper MAPPER = JsonMapper.builder().build();
    private static final TypeReference<LinkedHashMap<String, Object>> OBJECT = new TypeReference<>() {};

    private JsonText() {}

    /**
     * The members of an object.
     *
     * @param what it is, for the message
     * @throws IllegalArgumentException if it is none
     */
    static Map<String, Object> object(String what, String json) {
        try {
            Map<String, Object> object = MAPPER.readValue(json, OBJECT);
            if (object != null) {
                return object;
            }
        } catch (JacksonException noObject) {
            throw new IllegalArgumentException(
                    "%s is no JSON object: %s".formatted(what, noObject.getOriginalMessage()), noObject);
        }
        throw new IllegalArgumentException("%s is null; expected a JSON object".formatted(what));
    }

    static String write(Object value) {
        return MAPPER.writeValueAsString(value);
    }

    /** A call with its arguments under the given key. */
    static String call(ToolCall call, String argumentsKey) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("name", call.name());
        members.put(argumentsKey, call.arguments());
        return write(members);
    }
}
