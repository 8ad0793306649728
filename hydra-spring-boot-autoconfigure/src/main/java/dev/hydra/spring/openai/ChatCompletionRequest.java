package dev.hydra.spring.openai;

import dev.hydra.draft.DecodingMode;
import dev.hydra.sampling.SamplingOptions;
import dev.hydra.spring.chat.HydraChatOptions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.messages.Message;
import org.springframework.ai.chat.prompt.Prompt;
import tools.jackson.databind.JsonNode;

/**
 * What a client asks for.
 *
 * @param model    the model's name; null for the only one
 * @param delivery how the answer is to come
 */
record ChatCompletionRequest(@Nullable String model, Prompt prompt, Delivery delivery) {

    /** How an answer comes. */
    enum Delivery {
        /** In one piece. */
        WHOLE,
        /** Step by step. */
        STREAM,
        /** Step by step, and what it took after that. */
        STREAM_WITH_USAGE
    }

    /**
     * The request in a body.
     *
     * @throws OpenAiException if it cannot be read, or asks for what cannot be done; it names the field
     */
    static ChatCompletionRequest read(JsonNode body) {
        JsonFields request = JsonFields.of(body, "");
        RefusedFields.requireNone(request);
        List<Message> messages = new MessageReader().read(request);
        return new ChatCompletionRequest(
                request.text("model"), new Prompt(messages, options(request)), delivery(request));
    }

    private static Delivery delivery(JsonFields request) {
        boolean stream = request.flag("stream");
        JsonFields options = request.fields("stream_options");
        if (options != null && !stream) {
            throw OpenAiException.invalid(
                    "stream_options", "stream_options are for streams; set stream, or leave them out");
        }
        if (!stream) {
            return Delivery.WHOLE;
        }
        return options != null && options.flag("include_usage") ? Delivery.STREAM_WITH_USAGE : Delivery.STREAM;
    }

    private static HydraChatOptions options(JsonFields request) {
        HydraChatOptions.Builder options = HydraChatOptions.builder()
                .maxTokens(maximumTokens(request))
                .stopSequences(stop(request))
                .temperature(usable(request, "temperature", SamplingOptions.Builder::temperature))
                .topP(usable(request, "top_p", SamplingOptions.Builder::topP))
                .topK(topK(request))
                .minP(usable(request, "min_p", SamplingOptions.Builder::minP))
                .presencePenalty(usable(request, "presence_penalty", SamplingOptions.Builder::presencePenalty))
                .frequencyPenalty(usable(request, "frequency_penalty", SamplingOptions.Builder::frequencyPenalty))
                .repetitionPenalty(usable(request, "repetition_penalty", SamplingOptions.Builder::repetitionPenalty))
                .logitBias(logitBias(request))
                .seed(request.whole("seed"))
                .mode(mode(request));
        ToolReader.read(request, options);
        ResponseFormatReader.read(request, options);
        return options.build();
    }

    private static @Nullable Integer maximumTokens(JsonFields request) {
        Integer older = request.integer("max_tokens");
        Integer newer = request.integer("max_completion_tokens");
        if (older != null && newer != null && !older.equals(newer)) {
            throw OpenAiException.invalid(
                    "max_tokens",
                    "max_tokens is %d and max_completion_tokens %d; they mean the same: send one"
                            .formatted(older, newer));
        }
        Integer most = newer == null ? older : newer;
        if (most != null && most < 0) {
            String field = newer == null ? "max_tokens" : "max_completion_tokens";
            throw OpenAiException.invalid(field, "%s is %d; expected 0 or more".formatted(field, most));
        }
        return most;
    }

    private static @Nullable List<String> stop(JsonFields request) {
        JsonNode stop = request.get("stop");
        if (stop == null) {
            return null;
        }
        List<String> texts = new ArrayList<>();
        for (JsonNode text : stop.isArray() ? stop : List.of(stop)) {
            if (!text.isString() || text.stringValue().isEmpty()) {
                throw OpenAiException.invalid(
                        "stop", "stop has %s; expected texts of one character at least".formatted(text));
            }
            texts.add(text.stringValue());
        }
        return texts;
    }

    /** As vLLM has it, -1 is for all tokens too. */
    private static @Nullable Integer topK(JsonFields request) {
        Integer topK = request.integer("top_k");
        if (topK == null) {
            return null;
        }
        return checked("top_k", topK == -1 ? 0 : topK, SamplingOptions.Builder::topK);
    }

    private static @Nullable Map<Integer, Double> logitBias(JsonFields request) {
        JsonFields biases = request.fields("logit_bias");
        if (biases == null) {
            return null;
        }
        Map<Integer, Double> byToken = new HashMap<>();
        for (String token : biases.object().propertyNames()) {
            Double bias = biases.number(token);
            if (!token.matches("[0-9]{1,9}") || bias == null) {
                throw OpenAiException.invalid(
                        "logit_bias", "logit_bias has '%s'; expected a number for a token's number".formatted(token));
            }
            byToken.put(Integer.valueOf(token), bias);
        }
        return checked("logit_bias", byToken, SamplingOptions.Builder::logitBias);
    }

    private static @Nullable DecodingMode mode(JsonFields request) {
        String mode = request.text("mode");
        if (mode == null) {
            return null;
        }
        return Arrays.stream(DecodingMode.values())
                .filter(known -> known.label().equals(mode))
                .findFirst()
                .orElseThrow(() -> OpenAiException.invalid(
                        "mode",
                        "mode is '%s'; expected one of %s"
                                .formatted(
                                        mode,
                                        Arrays.stream(DecodingMode.values())
                                                .map(DecodingMode::label)
                                                .collect(Collectors.joining(", ")))));
    }

    private static @Nullable Double usable(
            JsonFields request,
            String field,
            BiFunction<SamplingOptions.Builder, Double, SamplingOptions.Builder> option) {
        Double value = request.number(field);
        return value == null ? null : checked(field, value, option);
    }

    /** A value that tokens can be chosen by, so that one that is not is refused with its field's name. */
    private static <T> T checked(
            String field, T value, BiFunction<SamplingOptions.Builder, T, SamplingOptions.Builder> option) {
        try {
            option.apply(SamplingOptions.builder(), value).build();
            return value;
        } catch (IllegalArgumentException unusable) {
            throw OpenAiException.invalid(field, String.valueOf(unusable.getMessage()));
        }
    }
}
