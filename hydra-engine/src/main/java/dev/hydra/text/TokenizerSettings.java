package dev.hydra.text;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What {@code tokenizer_config.json}, {@code special_tokens_map.json} and {@code added_tokens.json} say beside a SentencePiece
 * model. All three may be missing. Immutable.
 */
final class TokenizerSettings {
    private static final long LARGEST = 4 << 20;

    private final JsonObject config;
    private final Map<String, AddedToken> added = new LinkedHashMap<>();
    private final Set<String> special = new LinkedHashSet<>();
    private final Map<String, String> roles = new LinkedHashMap<>();

    private TokenizerSettings(JsonObject config) {
        this.config = config;
    }

    /**
     * Reads the files of a model's folder.
     *
     * @throws TokenizerException if one is damaged, or two contradict each other; the message names it
     */
    static TokenizerSettings read(Path folder) {
        Path file = folder.resolve("tokenizer_config.json");
        TokenizerSettings settings = new TokenizerSettings(readJson(file));
        settings.guard(folder.resolve("special_tokens_map.json"), settings::addRoles);
        settings.guard(file, settings::addRoles);
        settings.guard(file, settings::addDeclared);
        settings.guard(folder.resolve("added_tokens.json"), settings::addPlain);
        return settings;
    }

    private void guard(Path file, Reader reader) {
        JsonObject json = readJson(file);
        try {
            reader.read(json);
        } catch (IllegalStateException
                | NumberFormatException
                | UnsupportedOperationException
                | NullPointerException e) {
            throw new TokenizerException(
                    file + " is damaged: " + e.getMessage() + "; expected what transformers writes", e);
        } catch (TokenizerException e) {
            throw new TokenizerException(file + ": " + e.getMessage(), e);
        }
    }

    private void addRoles(JsonObject json) {
        json.entrySet().forEach(entry -> {
            String content = content(entry.getValue());
            if (entry.getKey().endsWith("_token") && content != null && !content.isEmpty()) {
                roles.put(entry.getKey(), content);
                special.add(content);
            }
        });
        if (json.get("additional_special_tokens") instanceof JsonArray tokens) {
            for (JsonElement token : tokens) {
                String content = content(token);
                if (content != null && !content.isEmpty()) {
                    special.add(content);
                }
            }
        }
    }

    private void addDeclared(JsonObject json) {
        if (json.get("added_tokens_decoder") instanceof JsonObject declared) {
            declared.entrySet().forEach(entry -> {
                JsonObject token = entry.getValue().getAsJsonObject();
                add(new AddedToken(
                        Integer.parseInt(entry.getKey()),
                        token.get("content").getAsString(),
                        flag(token, "special", false),
                        flag(token, "lstrip", false),
                        flag(token, "rstrip", false),
                        flag(token, "single_word", false)));
            });
        }
    }

    private void addPlain(JsonObject json) {
        json.entrySet().forEach(entry -> {
            AddedToken known = added.get(entry.getKey());
            int id = entry.getValue().getAsInt();
            if (known == null) {
                add(new AddedToken(id, entry.getKey(), false));
            } else if (known.id() != id) {
                throw new TokenizerException("token '%s' has id %d, and %d in tokenizer_config.json; expected one id"
                        .formatted(entry.getKey(), id, known.id()));
            }
        });
    }

    private void add(AddedToken token) {
        added.put(token.content(), token);
    }

    /** The tokens that the files give an id, by content. */
    Map<String, AddedToken> added() {
        return added;
    }

    /** Contents of tokens that are no part of what is said; not all of them need to exist. */
    Set<String> special() {
        return special;
    }

    /** The content of the token of a role such as {@code bos_token}; null if the files name none. */
    @Nullable
    String role(String role) {
        return roles.get(role);
    }

    /** A flag of {@code tokenizer_config.json}; {@code otherwise} where it is absent or null. */
    boolean flag(String name, boolean otherwise) {
        return flag(config, name, otherwise);
    }

    private static boolean flag(JsonObject json, String name, boolean otherwise) {
        return json.get(name) instanceof JsonPrimitive flag && flag.isBoolean() ? flag.getAsBoolean() : otherwise;
    }

    private static @Nullable String content(@Nullable JsonElement element) {
        JsonElement content = element instanceof JsonObject token ? token.get("content") : element;
        return content instanceof JsonPrimitive text && text.isString() ? text.getAsString() : null;
    }

    private static JsonObject readJson(Path file) {
        try {
            if (!Files.exists(file)) {
                return new JsonObject();
            }
            if (Files.size(file) > LARGEST) {
                throw new TokenizerException(
                        "%s has %d bytes; expected at most %d".formatted(file, Files.size(file), LARGEST));
            }
            return JsonParser.parseString(Files.readString(file)).getAsJsonObject();
        } catch (JsonParseException | IllegalStateException e) {
            throw new TokenizerException(file + " is damaged: " + e.getMessage() + "; expected a JSON object", e);
        } catch (IOException e) {
            throw new TokenizerException(file + " cannot be read: " + e, e);
        }
    }

    /** Takes what one of the files says. */
    private interface Reader {
        void read(JsonObject json);
    }
}
