package dev.hydra.text;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The chat templates and special tokens of a model folder, in all layouts that transformers writes. */
final class TemplateFiles {
    private static final String TEMPLATE_FILE = "chat_template.jinja";
    private static final String MORE_TEMPLATES = "additional_chat_templates";
    private static final String SUFFIX = ".jinja";
    private static final String TEMPLATE_JSON = "chat_template.json";
    private static final String CONFIG_FILE = "tokenizer_config.json";
    private static final String TEMPLATE = "chat_template";
    private static final String DEFAULT = "default";

    private TemplateFiles() {}

    /** The templates of a folder; null if it has none. */
    static @Nullable Found find(Path folder) {
        Map<String, String> templates = new LinkedHashMap<>();
        Path file = folder.resolve(TEMPLATE_FILE);
        if (Files.exists(file)) {
            templates.put(DEFAULT, read(file));
        }
        for (Path more : list(folder.resolve(MORE_TEMPLATES))) {
            String name = more.getFileName().toString();
            templates.put(name.substring(0, name.length() - SUFFIX.length()), read(more));
        }
        if (!templates.isEmpty()) {
            return new Found(folder.resolve(TEMPLATE_FILE).toString(), templates);
        }
        for (String name : List.of(CONFIG_FILE, TEMPLATE_JSON)) {
            Path config = folder.resolve(name);
            templates.putAll(named(readConfig(config).get(TEMPLATE)));
            if (!templates.isEmpty()) {
                return new Found(config.toString(), templates);
            }
        }
        return null;
    }

    /**
     * A template file that somebody chose.
     *
     * @throws ChatTemplateException if it is not there
     */
    static Found file(String choice) {
        try {
            Path file = Path.of(choice);
            if (Files.isRegularFile(file)) {
                return new Found(file.toString(), Map.of(DEFAULT, read(file)));
            }
        } catch (InvalidPathException e) {
            // then it is no file either
        }
        throw new ChatTemplateException(
                "chat template '%s' is neither a built-in format nor a file; expected %s, one of %s, or the path of a .jinja file"
                        .formatted(choice, ChatTemplate.AUTO, BuiltInTemplate.names()));
    }

    private static List<Path> list(Path folder) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().endsWith(SUFFIX))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new ChatTemplateException(folder + " cannot be read: " + e, e);
        }
    }

    /** One template is the default one; a list has several with their names. */
    private static Map<String, String> named(@Nullable JsonElement template) {
        Map<String, String> templates = new LinkedHashMap<>();
        if (template instanceof JsonArray list) {
            for (JsonElement element : list) {
                if (element instanceof JsonObject entry) {
                    String name = string(entry.get("name"));
                    String text = string(entry.get("template"));
                    if (name != null && text != null) {
                        templates.put(name, text);
                    }
                }
            }
            return templates;
        }
        String only = string(template);
        if (only != null) {
            templates.put(DEFAULT, only);
        }
        return templates;
    }

    /** The special tokens that a folder's tokenizer names, as templates know them: {@code bos_token} and its like. */
    static Map<String, Object> specialTokens(Path folder) {
        Map<String, Object> tokens = new HashMap<>();
        readConfig(folder.resolve(CONFIG_FILE)).entrySet().forEach(entry -> {
            String content = token(entry.getValue());
            if (entry.getKey().endsWith("_token") && content != null) {
                tokens.put(entry.getKey(), content);
            } else if (entry.getKey().equals("additional_special_tokens")
                    && entry.getValue() instanceof JsonArray several) {
                List<String> contents = new ArrayList<>();
                several.forEach(element -> {
                    String one = token(element);
                    if (one != null) {
                        contents.add(one);
                    }
                });
                tokens.put(entry.getKey(), contents);
            }
        });
        return tokens;
    }

    private static @Nullable String token(JsonElement value) {
        return string(value instanceof JsonObject token ? token.get("content") : value);
    }

    private static JsonObject readConfig(Path file) {
        if (!Files.exists(file)) {
            return new JsonObject();
        }
        try {
            return JsonParser.parseString(read(file)).getAsJsonObject();
        } catch (JsonParseException | IllegalStateException e) {
            throw new ChatTemplateException(file + " is damaged: " + e.getMessage() + "; expected a JSON object", e);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new ChatTemplateException(file + " cannot be read: " + e, e);
        }
    }

    private static @Nullable String string(@Nullable JsonElement element) {
        return element != null
                        && element.isJsonPrimitive()
                        && element.getAsJsonPrimitive().isString()
                ? element.getAsString()
                : null;
    }

    /**
     * Templates and where they are from.
     *
     * @param source in words
     * @param templates by name
     */
    record Found(String source, Map<String, String> templates) {}
}
