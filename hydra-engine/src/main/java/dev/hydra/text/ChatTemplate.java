package dev.hydra.text;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.hubspot.jinjava.interpret.RenderResult;
import com.hubspot.jinjava.interpret.TemplateError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes a conversation as the text that a model was trained on: the Jinja template of a Hugging Face model folder.
 * A template is data from elsewhere; it reaches no files and no Java objects. Immutable; threads may share it.
 */
public final class ChatTemplate {
    private static final String TEMPLATE_FILE = "chat_template.jinja";
    private static final String CONFIG_FILE = "tokenizer_config.json";

    private final String source;
    private final Map<String, String> specialTokens;
    private final TemplateEngine engine;

    /** @throws ChatTemplateException if a tag of the template is never closed */
    ChatTemplate(String source, Map<String, String> specialTokens, Clock clock) {
        this.source = TemplateSource.settle(source);
        this.specialTokens = Map.copyOf(specialTokens);
        this.engine = new TemplateEngine(clock);
    }

    /** Whether a model folder has a template that {@link #open} would find. */
    public static boolean exists(Path folder) {
        return Files.exists(folder.resolve(TEMPLATE_FILE)) || template(readConfig(folder.resolve(CONFIG_FILE))) != null;
    }

    /**
     * Opens the template of a model folder: {@code chat_template.jinja}, or else {@code chat_template} of
     * {@code tokenizer_config.json} (of several named ones the one called {@code default}).
     *
     * @throws ChatTemplateException if there is none or a file is damaged
     */
    public static ChatTemplate open(Path folder) {
        return open(folder, Clock.systemDefaultZone());
    }

    /**
     * Opens the template of a model folder, with another time than now for those that write the date.
     *
     * @throws ChatTemplateException if there is none or a file is damaged
     */
    public static ChatTemplate open(Path folder, Clock clock) {
        JsonObject config = readConfig(folder.resolve(CONFIG_FILE));
        Path file = folder.resolve(TEMPLATE_FILE);
        String source = Files.exists(file) ? read(file) : template(config);
        if (source == null) {
            throw new ChatTemplateException(
                    "%s has no chat template; add the model's %s, or 'chat_template' to its %s, or send a finished prompt"
                            .formatted(folder, TEMPLATE_FILE, CONFIG_FILE));
        }
        return new ChatTemplate(source, specialTokens(config), clock);
    }

    /**
     * The conversation as text. Contents are copied verbatim, also where they look like template code.
     *
     * @param addGenerationPrompt whether to end with what introduces the assistant's answer
     * @throws ChatTemplateException if the template refuses the conversation (the message is the template's own) or fails
     */
    public String render(List<ChatMessage> messages, boolean addGenerationPrompt) {
        Map<String, Object> variables = new HashMap<>(specialTokens);
        variables.put("messages", messages.stream().map(ChatTemplate::fields).toList());
        variables.put("add_generation_prompt", addGenerationPrompt);
        return render(variables);
    }

    private static Map<String, String> fields(ChatMessage message) {
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put("role", message.role());
        fields.put("content", message.content());
        return fields;
    }

    String render(Map<String, ?> variables) {
        RenderResult result = engine.render(source, variables);
        for (TemplateError error : result.getErrors()) {
            String message = TemplateEngine.raised(error);
            if (message != null) {
                throw new ChatTemplateException("the chat template refuses the conversation: " + message);
            }
        }
        for (TemplateError error : result.getErrors()) {
            if (error.getSeverity() == TemplateError.ErrorType.FATAL) {
                throw new ChatTemplateException("the chat template fails: " + error.getMessage(), error.getException());
            }
        }
        return result.getOutput();
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

    private static @Nullable String template(JsonObject config) {
        JsonElement template = config.get("chat_template");
        if (template instanceof JsonArray named) {
            for (JsonElement element : named) {
                if (element instanceof JsonObject entry && "default".equals(string(entry.get("name")))) {
                    return string(entry.get("template"));
                }
            }
            return null;
        }
        return string(template);
    }

    private static Map<String, String> specialTokens(JsonObject config) {
        Map<String, String> tokens = new HashMap<>();
        config.entrySet().forEach(entry -> {
            JsonElement value = entry.getValue() instanceof JsonObject token ? token.get("content") : entry.getValue();
            String content = string(value);
            if (entry.getKey().endsWith("_token") && content != null) {
                tokens.put(entry.getKey(), content);
            }
        });
        return tokens;
    }

    private static @Nullable String string(@Nullable JsonElement element) {
        return element != null
                        && element.isJsonPrimitive()
                        && element.getAsJsonPrimitive().isString()
                ? element.getAsString()
                : null;
    }
}
