package dev.hydra.spring.chat;

import dev.hydra.Hydra;
import dev.hydra.sampling.SamplingOptions;
import dev.hydra.schedule.GenerationRequest;
import dev.hydra.text.ChatMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
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
     * @throws IllegalArgumentException if the messages or the options ask for what this engine does not do
     */
    GenerationRequest read(List<Message> messages, HydraChatOptions options) {
        requireHonourable(options);
        SamplingOptions sampling = sampling(options);
        String prompt = hydra.chatTemplate().render(chatMessages(messages), true);
        return GenerationRequest.of(hydra.tokenizer().encode(prompt))
                .withSampling(sampling)
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

    private void requireHonourable(HydraChatOptions options) {
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
