package dev.hydra.spring.chat;

import dev.hydra.Hydra;
import dev.hydra.grammar.Grammar;
import dev.hydra.sampling.SamplingOptions;
import dev.hydra.schedule.GenerationRequest;
import dev.hydra.text.ChatMessage;
import dev.hydra.text.Conversation;
import dev.hydra.text.ToolCall;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.Message;
import org.springframework.ai.chat.messages.MessageType;
import org.springframework.ai.chat.messages.ToolResponseMessage;
import org.springframework.ai.content.MediaContent;
import org.springframework.util.StringUtils;
import org.springframework.util.function.SingletonSupplier;

/**
 * Reads Spring AI's prompt as the engine's request, and refuses what the engine cannot do. Safe for threads to share.
 */
final class PromptReader {

    private static final Logger log = LoggerFactory.getLogger(PromptReader.class);
    private static final String TOOL = "tool";

    /** How Qwen 3 leaves its thoughts empty, behind their tag and the end of its line. */
    private static final String NO_THOUGHTS = "\n</think>\n\n";

    private final Hydra hydra;
    private final Grammars grammars = new Grammars();
    private final Supplier<ToolTurns> offers;
    private final Supplier<ToolTurns> history;

    /** @param format of calls */
    PromptReader(Hydra hydra, ToolFormat format) {
        this.hydra = hydra;
        this.offers = SingletonSupplier.of(() -> offers(format));
        this.history = SingletonSupplier.of(() -> offers.get().ofHistory(hydra.chatTemplate()));
    }

    private ToolTurns offers(ToolFormat format) {
        ToolTurns turns = ToolTurns.ofOffers(format, hydra.chatTemplate());
        log.info(
                "tools are offered to {} {}, its calls are read as {}",
                hydra.description().name(),
                turns.isInTheTemplatesWords() ? "by its chat template" : "in the system message",
                turns.syntax().format());
        return turns;
    }

    /**
     * The question that these messages are.
     *
     * @param tools that the model may call
     * @throws IllegalArgumentException if the messages or the options ask for what this engine does not do
     */
    Question read(List<Message> messages, HydraChatOptions options, OfferedTools tools) {
        requireKnown(options.getModel());
        Grammar grammar = grammar(options);
        if (grammar != null && !tools.isEmpty()) {
            throw new IllegalArgumentException(
                    "the answer has to be JSON, so the model could call none of the tools %s: leave out the schema and the response format, or"
                                    .formatted(tools.names())
                            + " set toolChoice to NONE");
        }
        boolean required = requiresCall(messages, options.getToolChoice());
        if (required && tools.isEmpty()) {
            throw new IllegalArgumentException(
                    "toolChoice is %s, and the request offers no tools: offer one, or leave toolChoice out"
                            .formatted(options.getToolChoice()));
        }
        String prompt = hydra.chatTemplate().render(conversation(chatMessages(messages), tools));
        if (tools.isEmpty()) {
            return new Question(request(prompt, options).withGrammar(grammar), new Answer(CallScanner.none()));
        }
        CallSyntax syntax = offers.get().syntax();
        if (required) {
            requireUncut(options, "a call");
            return new Question(
                    request(opened(prompt, syntax), options)
                            .withGrammar(RequiredCall.grammar(tools, syntax.argumentsKey(), grammars)),
                    new Answer(CallScanner.required(tools.names())));
        }
        return new Question(
                request(prompt, options).withShownTokens(tokens(syntax.markers())),
                new Answer(CallScanner.of(syntax, tools.names(), prompt)));
    }

    private static boolean requiresCall(List<Message> messages, @Nullable ToolChoice choice) {
        boolean answersResults =
                !messages.isEmpty() && messages.get(messages.size() - 1).getMessageType() == MessageType.TOOL;
        return choice == ToolChoice.REQUIRED || choice == ToolChoice.REQUIRED_FIRST && !answersResults;
    }

    /** The prompt, and what stands in front of a call's JSON. Thoughts that the prompt has opened are left without a word. */
    private static String opened(String prompt, CallSyntax syntax) {
        if (!CallScanner.opensThoughts(prompt)) {
            return prompt + syntax.opening();
        }
        return prompt + (prompt.endsWith("\n") ? "" : "\n") + NO_THOUGHTS + syntax.opening();
    }

    private GenerationRequest request(String prompt, HydraChatOptions options) {
        return GenerationRequest.of(hydra.tokenizer().encode(prompt))
                .withSampling(sampling(options))
                .withStopStrings(Objects.requireNonNullElse(options.getStopSequences(), List.of()))
                .withMaximumTokens(
                        Objects.requireNonNullElse(options.getMaxTokens(), HydraChatModel.DEFAULT_MAX_TOKENS))
                .withMode(options.getMode())
                .withTree(options.getTree())
                .withAcceptance(options.getAcceptance());
    }

    /**
     * Demands that tokens can be chosen by these options, under their rule of acceptance or else the engine's own.
     *
     * @throws IllegalArgumentException if not; the message names the option
     */
    void requireFits(HydraChatOptions options) {
        Objects.requireNonNullElse(options.getAcceptance(), hydra.description().acceptance())
                .requireFits(sampling(options));
        grammar(options);
    }

    /** What the answer has to be; null where it may be anything. */
    private @Nullable Grammar grammar(HydraChatOptions options) {
        if (options.getOutputSchema() == null && options.getResponseFormat() != ResponseFormat.JSON) {
            return null;
        }
        requireUncut(options, "JSON");
        return options.getOutputSchema() == null ? Grammar.anyObject() : grammars.of(options.getOutputSchema());
    }

    private static void requireUncut(HydraChatOptions options, String what) {
        List<String> stops = Objects.requireNonNullElse(options.getStopSequences(), List.of());
        if (!stops.isEmpty()) {
            throw new IllegalArgumentException(
                    "the answer has to be %s, and stop sequences %s might cut it short: leave them out, in the model's own options too; it ends by itself"
                            .formatted(what, stops));
        }
    }

    private static SamplingOptions sampling(HydraChatOptions options) {
        SamplingOptions.Builder sampling = SamplingOptions.builder();
        ifSet(options.getTemperature(), sampling::temperature);
        ifSet(options.getTopK(), sampling::topK);
        ifSet(options.getTopP(), sampling::topP);
        ifSet(options.getMinP(), sampling::minP);
        ifSet(options.getRepetitionPenalty(), sampling::repetitionPenalty);
        ifSet(options.getFrequencyPenalty(), sampling::frequencyPenalty);
        ifSet(options.getPresencePenalty(), sampling::presencePenalty);
        ifSet(options.getLogitBias(), sampling::logitBias);
        ifSet(options.getSeed(), sampling::seed);
        return sampling.build();
    }

    private static <T> void ifSet(@Nullable T value, Consumer<T> option) {
        if (value != null) {
            option.accept(value);
        }
    }

    private void requireKnown(@Nullable String model) {
        String name = hydra.description().name();
        if (model != null && !model.equals(name)) {
            throw new IllegalArgumentException(
                    "model is '%s'; the model loaded is '%s': ask for that one, or leave the model out of the options"
                            .formatted(model, name));
        }
    }

    private Set<Integer> tokens(List<String> markers) {
        return markers.stream()
                .map(hydra.tokenizer()::id)
                .filter(Objects::nonNull)
                .collect(Collectors.toSet());
    }

    private Conversation conversation(List<ChatMessage> turns, OfferedTools tools) {
        if (!tools.isEmpty()) {
            return offers.get().conversation(turns, tools);
        }
        boolean called = turns.stream()
                .anyMatch(turn -> !turn.toolCalls().isEmpty() || turn.role().equals(TOOL));
        return called ? history.get().conversation(turns, tools) : Conversation.of(turns);
    }

    /** Chat templates know one system message, in the first place; a prompt may hold several, anywhere. */
    private static List<ChatMessage> chatMessages(List<Message> messages) {
        String system = messages.stream()
                .filter(message -> message.getMessageType() == MessageType.SYSTEM)
                .map(PromptReader::text)
                .collect(Collectors.joining("\n\n"));
        List<ChatMessage> turns = new ArrayList<>();
        if (!system.isEmpty()) {
            turns.add(new ChatMessage("system", system));
        }
        for (Message message : messages) {
            switch (message.getMessageType()) {
                case SYSTEM -> {}
                case USER -> turns.add(new ChatMessage("user", text(message)));
                case ASSISTANT -> turns.add(new ChatMessage("assistant", text(message)).calling(calls(message)));
                case TOOL -> turns.addAll(results(message));
            }
        }
        return turns;
    }

    private static List<ToolCall> calls(Message message) {
        if (!(message instanceof AssistantMessage assistant)) {
            return List.of();
        }
        return assistant.getToolCalls().stream()
                .map(call -> new ToolCall(
                        call.id(),
                        call.name(),
                        JsonText.object(
                                "what the call of tool '%s' has as its arguments".formatted(call.name()),
                                StringUtils.hasText(call.arguments()) ? call.arguments() : "{}")))
                .toList();
    }

    private static List<ChatMessage> results(Message message) {
        if (!(message instanceof ToolResponseMessage results)) {
            return List.of();
        }
        return results.getResponses().stream()
                .map(result -> new ChatMessage(TOOL, result.responseData())
                        .with("tool_call_id", result.id())
                        .with("name", result.name()))
                .toList();
    }

    private static String text(Message message) {
        if (message instanceof MediaContent content && !content.getMedia().isEmpty()) {
            throw new IllegalArgumentException(
                    "a %s message carries media; this model reads text only: remove the media"
                            .formatted(message.getMessageType().getValue()));
        }
        return Objects.requireNonNullElse(message.getText(), "");
    }
}
