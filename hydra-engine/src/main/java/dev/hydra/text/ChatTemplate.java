package dev.hydra.text;

import dev.hydra.text.jinja.Template;
import dev.hydra.text.jinja.TemplateException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Writes a conversation as the text that a model was trained on: the Jinja template of a Hugging Face model folder, one of the formats
 * built in here, or a file. A template is data from elsewhere; it reaches no files and no Java objects, and ends. Immutable; threads may
 * share it.
 */
public final class ChatTemplate {
    /** The choice of the model's own template. */
    public static final String AUTO = "auto";

    private static final String DEFAULT = "default";
    private static final String TOOL_USE = "tool_use";
    private static final String ADD_GENERATION_PROMPT = "add_generation_prompt";

    private final String source;
    private final Template template;
    private final Template withTools;
    private final Map<String, Object> specialTokens;
    private final Clock clock;

    /** @throws ChatTemplateException if a template is damaged, or none of them is the default one */
    private ChatTemplate(TemplateFiles.Found found, Map<String, Object> specialTokens, Clock clock) {
        this.source = found.source();
        String plain = found.templates().get(DEFAULT);
        if (plain == null) {
            throw new ChatTemplateException("%s has the templates %s; expected one called '%s'"
                    .formatted(source, found.templates().keySet(), DEFAULT));
        }
        this.template = parse(plain);
        String tools = found.templates().get(TOOL_USE);
        this.withTools = tools == null ? template : parse(tools);
        this.specialTokens = specialTokens;
        this.clock = clock;
    }

    /** A template of this text, for tests. */
    static ChatTemplate of(String text, Map<String, Object> specialTokens, Clock clock) {
        return new ChatTemplate(new TemplateFiles.Found("a test", Map.of(DEFAULT, text)), specialTokens, clock);
    }

    private Template parse(String text) {
        try {
            return Template.parse(text);
        } catch (TemplateException e) {
            throw new ChatTemplateException(
                    "the chat template of %s is damaged: %s".formatted(source, e.getMessage()), e);
        }
    }

    /** Whether a model folder has a template that {@link #open} would find. */
    public static boolean exists(Path folder) {
        return TemplateFiles.find(folder) != null;
    }

    /**
     * Opens the template of a model folder: {@code chat_template.jinja} with those in {@code additional_chat_templates}, or
     * {@code chat_template} of {@code tokenizer_config.json}, which may be several named ones, or {@code chat_template.json}. Of
     * several, the one called {@code tool_use} writes conversations with tools and the one called {@code default} all others.
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
        TemplateFiles.Found found = TemplateFiles.find(folder);
        if (found == null) {
            throw new ChatTemplateException(
                    ("%s has no chat template; add the model's chat_template.jinja, or 'chat_template' to its tokenizer_config.json,"
                                    + " or choose one of %s, or send a finished prompt")
                            .formatted(folder, BuiltInTemplate.names()));
        }
        return new ChatTemplate(found, TemplateFiles.specialTokens(folder), clock);
    }

    /**
     * The template of somebody's choice.
     *
     * @param folder the model's, which has the special tokens
     * @param choice {@value #AUTO} for the model's own, the name of a built-in format ({@code vicuna}, {@code llama-2},
     *     {@code chatml}), or the path of a template file
     * @return empty if the model's own is chosen and it has none
     * @throws ChatTemplateException if there is no such format or file, or a file is damaged
     */
    public static Optional<ChatTemplate> choose(Path folder, String choice) {
        return choose(folder, choice, Clock.systemDefaultZone());
    }

    /**
     * The template of somebody's choice, as {@link #choose(Path, String)}, with another time than now.
     *
     * @throws ChatTemplateException if there is no such format or file, or a file is damaged
     */
    public static Optional<ChatTemplate> choose(Path folder, String choice, Clock clock) {
        if (choice.equals(AUTO)) {
            return exists(folder) ? Optional.of(open(folder, clock)) : Optional.empty();
        }
        TemplateFiles.Found found = BuiltInTemplate.names().contains(choice)
                ? new TemplateFiles.Found("the format " + choice, Map.of(DEFAULT, BuiltInTemplate.text(choice)))
                : TemplateFiles.file(choice);
        return Optional.of(new ChatTemplate(found, TemplateFiles.specialTokens(folder), clock));
    }

    /** The names of the formats that are built in, for models without a template. */
    public static List<String> builtIn() {
        return BuiltInTemplate.names();
    }

    /** Where the template comes from, in words. */
    public String source() {
        return source;
    }

    /**
     * The conversation as text. Contents are copied verbatim, also where they look like template code.
     *
     * @param addGenerationPrompt whether to end with what introduces the assistant's answer
     * @throws ChatTemplateException if the template refuses the conversation (the message is the template's own) or fails
     */
    public String render(List<ChatMessage> messages, boolean addGenerationPrompt) {
        return render(Conversation.of(messages).with(ADD_GENERATION_PROMPT, addGenerationPrompt));
    }

    /**
     * The conversation as text, with what introduces the assistant's answer at its end.
     *
     * @throws ChatTemplateException if the template refuses the conversation (the message is the template's own) or fails
     */
    public String render(Conversation conversation) {
        Map<String, Object> variables = new LinkedHashMap<>();
        variables.put(ADD_GENERATION_PROMPT, true);
        variables.putAll(conversation.variables());
        variables.put(
                "messages",
                conversation.messages().stream().map(ChatTemplate::fields).toList());
        // transformers passes none, not nothing: templates tell the two apart
        variables.put("tools", conversation.tools().isEmpty() ? null : conversation.tools());
        variables.put("documents", conversation.documents().isEmpty() ? null : conversation.documents());
        return render(variables);
    }

    private static Map<String, Object> fields(ChatMessage message) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("role", message.role());
        fields.put("content", message.content());
        if (!message.toolCalls().isEmpty()) {
            fields.put(
                    "tool_calls",
                    message.toolCalls().stream().map(ChatTemplate::fields).toList());
        }
        fields.putAll(message.fields());
        return fields;
    }

    private static Map<String, Object> fields(ToolCall call) {
        Map<String, Object> function = new LinkedHashMap<>();
        function.put("name", call.name());
        function.put("arguments", call.arguments());
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("id", call.id());
        fields.put("type", "function");
        fields.put("function", function);
        return fields;
    }

    /** The text for variables as the template sees them, special tokens aside. */
    String render(Map<String, ? extends @Nullable Object> variables) {
        Map<String, @Nullable Object> all = new LinkedHashMap<>(specialTokens);
        all.putAll(variables);
        try {
            return (all.get("tools") == null ? template : withTools).render(all, clock);
        } catch (TemplateException.Raised e) {
            throw new ChatTemplateException("the chat template refuses the conversation: " + e.getMessage(), e);
        } catch (TemplateException e) {
            throw new ChatTemplateException("the chat template fails: " + e.getMessage(), e);
        }
    }
}
