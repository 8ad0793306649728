package dev.hydra.spring.openai;

import dev.hydra.spring.chat.HydraChatOptions;
import dev.hydra.spring.chat.ResponseFormat;

/** Reads which form an answer is to have. */
final class ResponseFormatReader {

    private static final String FIELD = "response_format";

    private ResponseFormatReader() {}

    /**
     * Asks for the form that a request wants.
     *
     * @throws OpenAiException if it is none that there is
     */
    static void read(JsonFields request, HydraChatOptions.Builder options) {
        JsonFields format = request.fields(FIELD);
        if (format == null) {
            return;
        }
        String type = format.requiredText("type");
        switch (type) {
            case "text" -> options.responseFormat(ResponseFormat.TEXT);
            case "json_object" -> options.responseFormat(ResponseFormat.JSON);
            case "json_schema" -> options.outputSchema(schema(format));
            default ->
                throw OpenAiException.invalid(
                        format.path("type"),
                        "%s is '%s'; expected text, json_object or json_schema".formatted(format.path("type"), type));
        }
    }

    /** The schema is kept to in any case, so it is of no account whether the request says strict. */
    private static String schema(JsonFields format) {
        return Json.write(
                format.requiredFields("json_schema").requiredFields("schema").object());
    }
}
