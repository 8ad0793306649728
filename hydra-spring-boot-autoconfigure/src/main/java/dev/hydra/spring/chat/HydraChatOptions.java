package dev.hydra.spring.chat;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.model.tool.DefaultToolCallingChatOptions;
import org.springframework.ai.tool.ToolCallback;

/**
 * What a request may ask of {@link HydraChatModel}: the portable options of Spring AI, and the limits within which they
 * can be met. Immutable.
 *
 * <p>Decoding is greedy, so the model always continues with its most probable token: a temperature of 0 says the same as
 * none, and {@code topK} and {@code topP} cannot change the answer. A higher temperature, penalties and tools are refused
 * by the model, by name, instead of being ignored.
 */
public final class HydraChatOptions extends DefaultToolCallingChatOptions {

    // Spring AI's base class takes its options one by one
    private HydraChatOptions(
            @Nullable List<ToolCallback> toolCallbacks,
            @Nullable Map<String, Object> toolContext,
            @Nullable String model,
            @Nullable Double frequencyPenalty,
            @Nullable Integer maxTokens,
            @Nullable Double presencePenalty,
            @Nullable List<String> stopSequences,
            @Nullable Double temperature,
            @Nullable Integer topK,
            @Nullable Double topP) {
        super(
                toolCallbacks,
                toolContext,
                model,
                frequencyPenalty,
                maxTokens,
                presencePenalty,
                stopSequences,
                temperature,
                topK,
                topP);
    }

    /** Options that ask for nothing in particular. */
    public static Builder builder() {
        return new Builder();
    }

    @Override
    public Builder mutate() {
        return builder()
                .model(getModel())
                .frequencyPenalty(getFrequencyPenalty())
                .maxTokens(getMaxTokens())
                .presencePenalty(getPresencePenalty())
                .stopSequences(getStopSequences())
                .temperature(getTemperature())
                .topK(getTopK())
                .topP(getTopP())
                .toolCallbacks(getToolCallbacks())
                .toolContext(getToolContext());
    }

    /** Collects options. Not for sharing between threads. */
    public static final class Builder extends DefaultToolCallingChatOptions.Builder<Builder> {

        private Builder() {}

        @Override
        public HydraChatOptions build() {
            return new HydraChatOptions(
                    toolCallbacks,
                    toolContext,
                    model,
                    frequencyPenalty,
                    maxTokens,
                    presencePenalty,
                    stopSequences,
                    temperature,
                    topK,
                    topP);
        }
    }
}
