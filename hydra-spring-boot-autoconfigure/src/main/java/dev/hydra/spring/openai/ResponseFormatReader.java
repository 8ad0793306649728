package dev.hydra.spring.openai;

import dev.hydra.spring.chat.HydraChatOptions;

/** Reads which form an answer is to have. */
final class ResponseFormatReader {

    private static final String FIELD = "response_format";

    private ResponseFormatReader() {}

    /**
     * Asks for the form that a request wants.
     *
     * @throws OpenAiException if it is none that the model can be held to
     */
    static void read(JsonFields request, HydraChatOptions.Builder options) {
        JsonFields format = request.fields(FIELD);
        if (format == null) {
            return;
        }
        String type = format.requiredText("type");
        switch (type) {
            case "text" -> {}
            case "json_object", "json_schema" ->
                throw OpenAiException.unsupported(
                        FIELD,
                        "%s is '%s'; the model cannot be held to it: ask for JSON in a message, and check the answer"
                                .formatted(FIELD, type));
            default ->
                throw OpenAiException.invalid(
                        format.path("type"),
                        "%s is '%s'; expected text, json_object or json_schema".formatted(format.path("type"), type));
        }
    }
}
