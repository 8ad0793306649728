package dev.hydra.training.data;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.hydra.text.ChatMessage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/*
 * The formats differ in names alone, and files in the wild mix the names; so the name of the list says which format a record
 * has, and within it either pair of names for a turn will do.
 */
/** Makes samples of JSON records. Immutable. */
final class SampleParser {
    private static final List<String> SHAREGPT = List.of("conversations", "conversation", "items");
    private static final List<String> MESSAGES = List.of("messages");
    private static final List<String> TEXT = List.of("text");
    private static final List<String> ROLE = List.of("from", "role");
    private static final List<String> WORDS = List.of("value", "content", "text");

    private static final Set<String> USERS = Set.of("human", "user");
    private static final Set<String> ASSISTANTS = Set.of("gpt", "assistant", "chatgpt", "bing", "bard", "model");
    private static final Set<String> TOOLS =
            Set.of("tool", "function", "function_call", "function_response", "observation");

    private final DataFormat format;

    SampleParser(DataFormat format) {
        this.format = format;
    }

    /** @throws BadRecordException if the record is not what its format asks for */
    Sample parse(JsonElement element, Origin origin) {
        if (!(element instanceof JsonObject sample)) {
            throw new BadRecordException("the record is %s; expected an object".formatted(kind(element)));
        }
        return switch (format) {
            case SHAREGPT -> dialogue(sample, SHAREGPT, origin);
            case MESSAGES -> dialogue(sample, MESSAGES, origin);
            case TEXT -> document(sample, origin);
            case AUTO -> {
                if (find(sample, MESSAGES) != null) {
                    yield dialogue(sample, MESSAGES, origin);
                }
                if (find(sample, SHAREGPT) != null) {
                    yield dialogue(sample, SHAREGPT, origin);
                }
                if (find(sample, TEXT) != null) {
                    yield document(sample, origin);
                }
                throw new BadRecordException(
                        "the record has the keys %s; expected 'conversations', 'messages' or 'text'"
                                .formatted(sample.keySet()));
            }
        };
    }

    private static Document document(JsonObject sample, Origin origin) {
        return new Document(string(require(sample, TEXT, "the record"), "'text'"), origin);
    }

    private static Dialogue dialogue(JsonObject sample, List<String> names, Origin origin) {
        if (!(require(sample, names, "the record") instanceof JsonArray turns)) {
            throw new BadRecordException("'%s' is no list; expected the turns of a chat".formatted(names.get(0)));
        }
        String tokenizer = sample.get("tokenizer") instanceof JsonPrimitive name ? name.getAsString() : "";
        List<ChatMessage> messages = new ArrayList<>();
        Map<Integer, Utterance> utterances = new HashMap<>();
        boolean begun = false;
        for (int number = 1; number <= turns.size(); number++) {
            if (!(turns.get(number - 1) instanceof JsonObject turn)) {
                throw new BadRecordException("turn %d is no object; expected a role and words".formatted(number));
            }
            ChatMessage message = message(turn, "turn " + number);
            // chats are often cut out of longer ones: what comes before the first question has none that it answers
            begun |= message.role().equals(Dialogue.USER);
            if (!begun && message.role().equals(Dialogue.ASSISTANT)) {
                continue;
            }
            Utterance utterance = utterance(turn, tokenizer, "turn " + number);
            if (utterance != null && message.role().equals(Dialogue.ASSISTANT)) {
                utterances.put(messages.size(), utterance);
            }
            messages.add(message);
        }
        return new Dialogue(messages, utterances, origin);
    }

    private static ChatMessage message(JsonObject turn, String where) {
        String role = string(require(turn, ROLE, where), "the role of " + where);
        return new ChatMessage(role(role, where), words(require(turn, WORDS, where), where));
    }

    private static String role(String name, String where) {
        String role = name.strip().toLowerCase(Locale.ROOT);
        if (USERS.contains(role)) {
            return Dialogue.USER;
        }
        if (ASSISTANTS.contains(role)) {
            return Dialogue.ASSISTANT;
        }
        if (role.equals(Dialogue.SYSTEM)) {
            return Dialogue.SYSTEM;
        }
        throw new BadRecordException(
                TOOLS.contains(role)
                        ? "%s is a tool's, '%s'; expected a chat without tools".formatted(where, name)
                        : "%s is of '%s'; expected system, user or human, assistant or gpt".formatted(where, name));
    }

    private static String words(JsonElement content, String where) {
        if (!(content instanceof JsonArray parts)) {
            return string(content, "what is said in " + where);
        }
        StringBuilder words = new StringBuilder();
        for (JsonElement part : parts) {
            if (!(part instanceof JsonObject object)
                    || !(object.get("type") instanceof JsonPrimitive type)
                    || !type.getAsString().equals("text")) {
                throw new BadRecordException(
                        "%s has a part that is no text; expected {\"type\": \"text\", \"text\": …} only"
                                .formatted(where));
            }
            words.append(string(require(object, TEXT, "a part of " + where), "a part of " + where));
        }
        return words.toString();
    }

    private static @Nullable Utterance utterance(JsonObject turn, String tokenizer, String where) {
        if (!turn.has("tokens") && !turn.has("ended")) {
            return null;
        }
        List<Integer> tokens = new ArrayList<>();
        try {
            if (turn.get("tokens") instanceof JsonArray ids) {
                ids.forEach(id -> tokens.add(id.getAsInt()));
            }
        } catch (NumberFormatException | IllegalStateException | UnsupportedOperationException e) {
            throw new BadRecordException("'tokens' of %s are no numbers; expected token ids".formatted(where));
        }
        boolean ended = !(turn.get("ended") instanceof JsonPrimitive flag) || flag.getAsBoolean();
        return new Utterance(tokens, tokenizer, ended);
    }

    private static JsonElement require(JsonObject object, List<String> names, String where) {
        JsonElement element = find(object, names);
        if (element == null) {
            throw new BadRecordException("%s has the keys %s; expected '%s'"
                    .formatted(where, object.keySet(), String.join("' or '", names)));
        }
        return element;
    }

    private static @Nullable JsonElement find(JsonObject object, List<String> names) {
        for (String name : names) {
            JsonElement element = object.get(name);
            if (element != null) {
                return element;
            }
        }
        return null;
    }

    private static String string(JsonElement element, String what) {
        if (element instanceof JsonPrimitive primitive && primitive.isString()) {
            return primitive.getAsString();
        }
        throw new BadRecordException("%s is %s; expected a string".formatted(what, kind(element)));
    }

    private static String kind(JsonElement element) {
        if (element.isJsonNull()) {
            return "null";
        }
        if (element.isJsonObject()) {
            return "an object";
        }
        return element.isJsonArray() ? "a list" : element.toString();
    }
}
