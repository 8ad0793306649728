package dev.hydra.spring.openai;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;

/**
 * Fields of a request that would change the answer in a way that the engine cannot: OpenAI's, and those that vLLM adds. They are
 * taken with the value that changes nothing, and refused with any other. Fields that nobody knows are left alone, as are those
 * that change nothing in any case.
 */
final class RefusedFields {

    private static final String ONE_ANSWER = "a request gets one answer: ask again for another";
    private static final String NO_LOGPROBS = "log probabilities are not reported: leave it out";
    private static final String TEXT_ALONE = "the model reads and writes text: leave it out";
    private static final String SCHEMA = "use response_format";
    private static final String ENDS =
            "an answer ends at the model's end token, at stop, or at max_completion_tokens: leave it out";
    private static final String TEMPLATE = "the chat template is the server's (hydra.chat.template): leave it out";

    private static final Map<String, Refusal> REFUSED = new LinkedHashMap<>();

    static {
        refuse("n", value -> value.isNumber() && value.doubleValue() == 1, ONE_ANSWER);
        refuse("best_of", value -> value.isNumber() && value.doubleValue() == 1, ONE_ANSWER);
        refuse("logprobs", RefusedFields::isOff, NO_LOGPROBS);
        refuse("top_logprobs", RefusedFields::isOff, NO_LOGPROBS);
        refuse("prompt_logprobs", RefusedFields::isOff, NO_LOGPROBS);
        refuse("audio", value -> false, TEXT_ALONE);
        refuse("modalities", RefusedFields::isTextAlone, TEXT_ALONE);
        refuse("web_search_options", value -> false, "nothing is searched for: leave it out");
        refuse("functions", RefusedFields::isOff, "use tools");
        refuse("function_call", value -> false, "use tool_choice");
        refuse("use_beam_search", RefusedFields::isOff, "there is no beam search: leave it out");
        refuse(
                "length_penalty",
                value -> value.isNumber() && value.doubleValue() == 1,
                "there is no beam search: leave it out");
        refuse("echo", RefusedFields::isOff, "the prompt is not repeated: leave it out");
        refuse("min_tokens", RefusedFields::isOff, ENDS);
        refuse("ignore_eos", RefusedFields::isOff, ENDS);
        refuse("stop_token_ids", RefusedFields::isOff, ENDS);
        refuse(
                "include_stop_str_in_output",
                RefusedFields::isOff,
                "what stops an answer is not part of it: leave it out");
        refuse("bad_words", RefusedFields::isOff, "use logit_bias");
        refuse("allowed_token_ids", RefusedFields::isOff, "use logit_bias");
        refuse("truncate_prompt_tokens", value -> false, "a prompt is read whole or not at all: shorten the messages");
        refuse("guided_json", value -> false, SCHEMA);
        refuse("guided_regex", value -> false, SCHEMA);
        refuse("guided_choice", value -> false, SCHEMA);
        refuse("guided_grammar", value -> false, SCHEMA);
        refuse("structured_outputs", value -> false, SCHEMA);
        refuse("chat_template", value -> false, TEMPLATE);
        refuse("chat_template_kwargs", RefusedFields::isOff, TEMPLATE);
        refuse("documents", RefusedFields::isOff, "put them into a message");
        refuse("continue_final_message", RefusedFields::isOff, "an answer is a message of its own: leave it out");
        refuse(
                "add_generation_prompt",
                value -> value.isBoolean() && value.booleanValue(),
                "an answer is a message of its own: leave it out");
    }

    private RefusedFields() {}

    private record Refusal(Predicate<JsonNode> harmless, String remedy) {}

    private static void refuse(String field, Predicate<JsonNode> harmless, String remedy) {
        REFUSED.put(field, new Refusal(harmless, remedy));
    }

    /**
     * Demands that a request asks for nothing that cannot be done.
     *
     * @throws OpenAiException if it does; it names the first such field
     */
    static void requireNone(JsonFields request) {
        REFUSED.forEach((field, refusal) -> {
            JsonNode value = request.get(field);
            if (value != null && !refusal.harmless.test(value)) {
                throw OpenAiException.unsupported(
                        field, "%s is not supported here; %s".formatted(field, refusal.remedy));
            }
        });
    }

    private static boolean isOff(JsonNode value) {
        if (value.isContainer()) {
            return value.isEmpty();
        }
        return value.isBoolean() ? !value.booleanValue() : value.isNumber() && value.doubleValue() == 0;
    }

    private static boolean isTextAlone(JsonNode value) {
        return value.isArray()
                && value.size() == 1
                && value.get(0).isString()
                && value.get(0).stringValue().equals("text");
    }
}
