package dev.hydra.spring.chat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.async.ByteArrayFeeder;
import tools.jackson.core.json.JsonFactory;

/**
 * JSON in a call's text, read strictly and character by character: it breaks off at the first character that makes it no JSON, or no
 * call of a tool that is offered.
 */
final class JsonPart implements Part {

    private static final JsonFactory JSON = new JsonFactory();
    private static final String NAME = "name";
    private static final Set<String> ARGUMENTS = Set.of("arguments", "parameters");
    private static final String NONE = "{}";

    /** What the value may be. */
    private enum Kind {
        /** An object of a name and arguments. */
        CALL,
        /** Such an object, or a list of them. */
        CALLS,
        /** Any object. */
        OBJECT
    }

    private final Kind kind;
    private final Set<String> names;
    private final StringBuilder text = new StringBuilder();
    private final List<Call> calls = new ArrayList<>();
    private @Nullable JsonParser parser;
    private @Nullable String name;
    private @Nullable String arguments;
    private int argumentsStart = -1;
    private int depth;
    private int callDepth;

    private JsonPart(Kind kind, Set<String> names) {
        this.kind = kind;
        this.names = names;
    }

    /** An object with the name of one of these tools, and arguments. */
    static JsonPart call(Set<String> names) {
        return new JsonPart(Kind.CALL, names);
    }

    /** Such an object or a list of them, one at least. */
    static JsonPart calls(Set<String> names) {
        return new JsonPart(Kind.CALLS, names);
    }

    /** Any object. */
    static JsonPart object() {
        return new JsonPart(Kind.OBJECT, Set.of());
    }

    /** The calls, once they are complete. */
    List<Call> calls() {
        return calls;
    }

    /** What was read. */
    @Override
    public String toString() {
        return text.toString();
    }

    @Override
    public Outcome take(char next) {
        if (text.isEmpty() && next != '{' && !(next == '[' && kind == Kind.CALLS)) {
            return Outcome.BROKEN;
        }
        text.append(next);
        if (Character.isHighSurrogate(next)) {
            return Outcome.TAKEN;
        }
        int start = Character.isLowSurrogate(next) && text.length() > 1 ? text.length() - 2 : text.length() - 1;
        try {
            return read(text.substring(start).getBytes(StandardCharsets.UTF_8));
        } catch (JacksonException noJson) {
            return Outcome.BROKEN;
        }
    }

    private Outcome read(byte[] bytes) {
        JsonParser parser = parser();
        ((ByteArrayFeeder) parser.nonBlockingInputFeeder()).feedInput(bytes, 0, bytes.length);
        for (JsonToken token = parser.nextToken();
                token != null && token != JsonToken.NOT_AVAILABLE;
                token = parser.nextToken()) {
            if (!fits(token, parser)) {
                return Outcome.BROKEN;
            }
            if (depth == 0) {
                return kind == Kind.CALLS && calls.isEmpty() ? Outcome.BROKEN : Outcome.LAST;
            }
        }
        return Outcome.TAKEN;
    }

    private JsonParser parser() {
        if (parser == null) {
            parser = JSON.createNonBlockingByteArrayParser(ObjectReadContext.empty());
        }
        return parser;
    }

    /** Follows the structure; whether it may still come to a call. */
    private boolean fits(JsonToken token, JsonParser parser) {
        boolean fits = kind == Kind.OBJECT ? depth > 0 || token == JsonToken.START_OBJECT : fitsCall(token, parser);
        if (token.isStructStart()) {
            depth++;
        } else if (token.isStructEnd()) {
            depth--;
        }
        return fits;
    }

    private boolean fitsCall(JsonToken token, JsonParser parser) {
        if (callDepth == 0) {
            // outside of any call: a list's bracket, or the next call
            if (token == JsonToken.START_OBJECT) {
                callDepth = depth + 1;
                return true;
            }
            return token == JsonToken.END_ARRAY || token == JsonToken.START_ARRAY && depth == 0 && kind == Kind.CALLS;
        }
        if (depth == callDepth && token == JsonToken.END_OBJECT) {
            return completesCall();
        }
        if (depth == callDepth && token != JsonToken.PROPERTY_NAME) {
            return fitsValue(token, parser);
        }
        if (depth == callDepth + 1 && token.isStructEnd() && argumentsStart >= 0) {
            arguments = text.substring(argumentsStart);
            argumentsStart = -1;
        }
        return true;
    }

    private boolean fitsValue(JsonToken token, JsonParser parser) {
        String key = parser.currentName();
        if (NAME.equals(key)) {
            name = token == JsonToken.VALUE_STRING ? parser.getString() : null;
            return name != null && names.contains(name);
        }
        if (key != null && ARGUMENTS.contains(key)) {
            argumentsStart = token == JsonToken.START_OBJECT ? text.length() - 1 : -1;
            return token == JsonToken.START_OBJECT || token == JsonToken.VALUE_NULL;
        }
        return true;
    }

    private boolean completesCall() {
        callDepth = 0;
        if (name == null) {
            return false;
        }
        calls.add(new Call(name, arguments == null ? NONE : arguments));
        name = null;
        arguments = null;
        return true;
    }
}
