package dev.hydra.spring.chat;

import dev.hydra.Hydra;
import dev.hydra.schedule.GenerationRequest;
import dev.hydra.text.ChatMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.Message;
import org.springframework.ai.chat.messages.MessageType;
import org.springframework.ai.content.MediaContent;

/**
 * Reads Spring AI's prompt as the engine's request, and refuses what the engine cannot do. Safe for threads to share.
 */
final class PromptReader {

    private final Hydra hydra;

    PromptReader(Hydra hydra) {
        this.hydra = hydra;
    }

    /**
     * The request for an answer to these messages.
     *
     * @param options what the caller asked for; where it says nothing about the length of the answer, {@code defaults} do
     * @throws IllegalArgumentException if the messages or the options ask for what this engine does not do
     */
    GenerationRequest read(List<Message> messages, HydraChatOptions options, HydraChatOptions defaults) {
        requireHonourable(options);
        String prompt = hydra.chatTemplate().render(chatMessages(messages), true);
        GenerationRequest request = GenerationRequest.of(hydra.tokenizer().encode(prompt))
                .withMaximumTokens(Objects.requireNonNullElseGet(
                        options.getMaxTokens(),
                        () -> Objects.requireNonNullElse(defaults.getMaxTokens(), HydraChatModel.DEFAULT_MAX_TOKENS)));
        List<String> stopSequences = options.getStopSequences();
        return stopSequences == null ? request : request.withStopStrings(stopSequences);
    }

    private void requireHonourable(HydraChatOptions options) {
        requireZero("temperature", options.getTemperature());
        requireZero("frequencyPenalty", options.getFrequencyPenalty());
        requireZero("presencePenalty", options.getPresencePenalty());
        if (options.getToolCallbacks() != null && !options.getToolCallbacks().isEmpty()) {
            String names = options.getToolCallbacks().stream()
                    .map(tool -> tool.getToolDefinition().name())
                    .collect(Collectors.joining(", "));
            throw new IllegalArgumentException("the request offers tools (" + names
                    + "); this model calls none: remove the tools from the request");
        }
        String name = hydra.description().name();
        if (options.getModel() != null && !options.getModel().equals(name)) {
            throw new IllegalArgumentException(
                    "model is '%s'; the model loaded is '%s': ask for that one, or leave the model out of the options"
                            .formatted(options.getModel(), name));
        }
    }

    private static void requireZero(String option, @Nullable Double value) {
        if (value != null && value != 0) {
            throw new IllegalArgumentException(
                    "%s is %s; this version decodes greedily, which is a %s of 0: set it to 0 or leave it out"
                            .formatted(option, value, option));
        }
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
                case ASSISTANT -> turns.add(new ChatMessage("assistant", text(message)));
                case TOOL ->
                    throw new IllegalArgumentException(
                            "the prompt holds the result of a tool; this model calls none: remove the tool messages");
            }
        }
        return turns;
    }

    private static String text(Message message) {
        if (message instanceof MediaContent content && !content.getMedia().isEmpty()) {
            throw new IllegalArgumentException(
                    "a %s message carries media; this model reads text only: remove the media"
                            .formatted(message.getMessageType().getValue()));
        }
        if (message instanceof AssistantMessage assistant && assistant.hasToolCalls()) {
            throw new IllegalArgumentException(
                    "an assistant message carries tool calls; this model makes none: remove the tool messages");
        }
        return Objects.requireNonNullElse(message.getText(), "");
    }
}
