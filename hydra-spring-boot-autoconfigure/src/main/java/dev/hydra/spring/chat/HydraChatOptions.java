package dev.hydra.spring.chat;

import dev.hydra.draft.DecodingMode;
import dev.hydra.sampling.AcceptanceRule;
import dev.hydra.sampling.Typical;
import dev.hydra.tree.TreeShape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.model.tool.DefaultToolCallingChatOptions;
import org.springframework.ai.model.tool.StructuredOutputChatOptions;
import org.springframework.ai.tool.ToolCallback;

/**
 * What a request may ask of {@link HydraChatModel}: the portable options of Spring AI, and what else the engine can do. An
 * option that is not set is null, and left to the model's own options. Immutable.
 *
 * <p>What is set nowhere is as the model's {@code generation_config.json} has it. Its temperature counts only where the file says
 * {@code do_sample}; a temperature that is then not set is 0: the model goes on with its likeliest token, and {@code topK},
 * {@code topP} and {@code minP}, which say what may be drawn, change nothing. At a higher one, a seed makes the answer repeatable. Values that
 * no answer can be drawn by are refused by the model, by name.
 */
public final class HydraChatOptions extends DefaultToolCallingChatOptions implements StructuredOutputChatOptions {

    private final Own own;

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
            @Nullable Double topP,
            Own own) {
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
        this.own = own;
    }

    /** Options that ask for nothing in particular. */
    public static Builder builder() {
        return new Builder();
    }

    /** What the draws depend on, so that the same prompt and options give the same answer; unset, every answer is another. */
    public @Nullable Long getSeed() {
        return own.seed;
    }

    /** Tokens may be drawn that are at least this many times as likely as the likeliest, from 0, for all, to less than 1. */
    public @Nullable Double getMinP() {
        return own.minP;
    }

    /** What the scores of tokens of the prompt or the answer are divided by, those below 0 multiplied; 1 for none. */
    public @Nullable Double getRepetitionPenalty() {
        return own.repetitionPenalty;
    }

    /** What is added to the scores of tokens, by the token's id. */
    public @Nullable Map<Integer, Double> getLogitBias() {
        return own.logitBias;
    }

    /** How drafts are made: this changes the speed, and not what is said. */
    public @Nullable DecodingMode getMode() {
        return own.mode;
    }

    /** The draft tree, for a mode that drafts; no deeper than there are heads. It changes the speed, and not what is said. */
    public @Nullable TreeShape getTree() {
        return own.tree;
    }

    /** What is kept of a draft. {@link Typical} acceptance goes with a temperature alone and changes what is said. */
    public @Nullable AcceptanceRule getAcceptance() {
        return own.acceptance;
    }

    /** Whether the model may call the tools of the request; it may unless told otherwise. */
    public @Nullable ToolChoice getToolChoice() {
        return own.toolChoice;
    }

    /** Whether the chunks of a stream carry their steps' draft trees, {@link HydraChatModel#STEPS}; unset, they do not. */
    public @Nullable Boolean getTrace() {
        return own.trace;
    }

    /** The JSON schema that the answer fits, always and whole; a subset of them can be used. */
    @Override
    public @Nullable String getOutputSchema() {
        return own.outputSchema;
    }

    /** What the answer is where there is no schema. */
    public @Nullable ResponseFormat getResponseFormat() {
        return own.responseFormat;
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
                .toolContext(getToolContext())
                .seed(own.seed)
                .minP(own.minP)
                .repetitionPenalty(own.repetitionPenalty)
                .logitBias(own.logitBias)
                .mode(own.mode)
                .tree(own.tree)
                .acceptance(own.acceptance)
                .toolChoice(own.toolChoice)
                .trace(own.trace)
                .outputSchema(own.outputSchema)
                .responseFormat(own.responseFormat);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return super.equals(other) && other instanceof HydraChatOptions that && own.equals(that.own);
    }

    @Override
    public int hashCode() {
        return Objects.hash(super.hashCode(), own);
    }

    /** What Spring AI has no words for. */
    private record Own(
            @Nullable Long seed,
            @Nullable Double minP,
            @Nullable Double repetitionPenalty,
            @Nullable Map<Integer, Double> logitBias,
            @Nullable DecodingMode mode,
            @Nullable TreeShape tree,
            @Nullable AcceptanceRule acceptance,
            @Nullable ToolChoice toolChoice,
            @Nullable Boolean trace,
            @Nullable String outputSchema,
            @Nullable ResponseFormat responseFormat) {}

    /** Collects options. Not for sharing between threads. */
    public static final class Builder extends DefaultToolCallingChatOptions.Builder<Builder>
            implements StructuredOutputChatOptions.Builder<Builder> {

        private @Nullable Long seed;
        private @Nullable Double minP;
        private @Nullable Double repetitionPenalty;
        private @Nullable Map<Integer, Double> logitBias;
        private @Nullable DecodingMode mode;
        private @Nullable TreeShape tree;
        private @Nullable AcceptanceRule acceptance;
        private @Nullable ToolChoice toolChoice;
        private @Nullable Boolean trace;
        private @Nullable String outputSchema;
        private @Nullable ResponseFormat responseFormat;

        private Builder() {}

        /** What the draws depend on. */
        public Builder seed(@Nullable Long seed) {
            this.seed = seed;
            return this;
        }

        /** How likely a token has to be, beside the likeliest, to be drawn; 0 for any. */
        public Builder minP(@Nullable Double minP) {
            this.minP = minP;
            return this;
        }

        /** What the scores of tokens of the prompt or the answer are divided by; 1 for none. */
        public Builder repetitionPenalty(@Nullable Double repetitionPenalty) {
            this.repetitionPenalty = repetitionPenalty;
            return this;
        }

        /** What is added to the scores of tokens, by the token's id. */
        public Builder logitBias(@Nullable Map<Integer, Double> logitBias) {
            this.logitBias = logitBias == null ? null : Map.copyOf(logitBias);
            return this;
        }

        /** How drafts are made. */
        public Builder mode(@Nullable DecodingMode mode) {
            this.mode = mode;
            return this;
        }

        /** The draft tree. */
        public Builder tree(@Nullable TreeShape tree) {
            this.tree = tree;
            return this;
        }

        /** What is kept of a draft. */
        public Builder acceptance(@Nullable AcceptanceRule acceptance) {
            this.acceptance = acceptance;
            return this;
        }

        /** Whether the model may call the tools of the request. */
        public Builder toolChoice(@Nullable ToolChoice toolChoice) {
            this.toolChoice = toolChoice;
            return this;
        }

        /** Whether the chunks of a stream carry their steps' draft trees; for a page that draws them, since it costs time at every step. */
        public Builder trace(@Nullable Boolean trace) {
            this.trace = trace;
            return this;
        }

        /** The JSON schema that the answer has to fit. */
        @Override
        public Builder outputSchema(@Nullable String outputSchema) {
            this.outputSchema = outputSchema;
            return this;
        }

        /** What the answer is where there is no schema. */
        public Builder responseFormat(@Nullable ResponseFormat responseFormat) {
            this.responseFormat = responseFormat;
            return this;
        }

        /**
         * Takes what the other has set. Stop sequences, tools and biases of both apply; of two tools of one name, or two biases for one
         * token, the other's. Where the other asks for {@link Typical} acceptance, which goes with a temperature alone, it does so
         * without this one's cuts, penalties and biases; where it asks for a mode, without this one's tree.
         */
        @Override
        public Builder combineWith(ChatOptions.Builder<?> other) {
            if (other instanceof Builder that && that.acceptance instanceof Typical) {
                forgetWhatTypicalAcceptanceExcludes();
            }
            List<ToolCallback> mine = toolCallbacks == null ? List.of() : toolCallbacks;
            super.combineWith(other);
            if (toolCallbacks != null) {
                toolCallbacks = distinct(mine, toolCallbacks.subList(mine.size(), toolCallbacks.size()));
            }
            if (stopSequences != null) {
                // one that both have would otherwise be there twice
                stopSequences = stopSequences.stream().distinct().toList();
            }
            if (other instanceof Builder that) {
                seed = that.seed == null ? seed : that.seed;
                minP = that.minP == null ? minP : that.minP;
                repetitionPenalty = that.repetitionPenalty == null ? repetitionPenalty : that.repetitionPenalty;
                logitBias = both(logitBias, that.logitBias);
                tree = that.tree == null && that.mode == null ? tree : that.tree;
                mode = that.mode == null ? mode : that.mode;
                acceptance = that.acceptance == null ? acceptance : that.acceptance;
                toolChoice = that.toolChoice == null ? toolChoice : that.toolChoice;
                trace = that.trace == null ? trace : that.trace;
                responseFormat = that.responseFormat == null ? responseFormat : that.responseFormat;
            }
            // a builder does not tell its schema; what it builds does
            if (other instanceof StructuredOutputChatOptions.Builder<?>
                    && other.build() instanceof StructuredOutputChatOptions structured
                    && structured.getOutputSchema() != null) {
                outputSchema = structured.getOutputSchema();
            }
            return this;
        }

        private void forgetWhatTypicalAcceptanceExcludes() {
            topK = null;
            topP = null;
            minP = null;
            repetitionPenalty = null;
            frequencyPenalty = null;
            presencePenalty = null;
            logitBias = null;
        }

        private static List<ToolCallback> distinct(List<ToolCallback> mine, List<ToolCallback> others) {
            Set<String> names = others.stream().map(Builder::name).collect(Collectors.toSet());
            List<ToolCallback> distinct = new ArrayList<>(mine);
            distinct.removeIf(tool -> names.contains(name(tool)));
            distinct.addAll(others);
            return distinct;
        }

        private static String name(ToolCallback tool) {
            return tool.getToolDefinition().name();
        }

        private static @Nullable Map<Integer, Double> both(
                @Nullable Map<Integer, Double> one, @Nullable Map<Integer, Double> other) {
            if (one == null || other == null) {
                return one == null ? other : one;
            }
            Map<Integer, Double> both = new HashMap<>(one);
            both.putAll(other);
            return Map.copyOf(both);
        }

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
                    topP,
                    new Own(
                            seed,
                            minP,
                            repetitionPenalty,
                            logitBias,
                            mode,
                            tree,
                            acceptance,
                            toolChoice,
                            trace,
                            outputSchema,
                            responseFormat));
        }
    }
}
