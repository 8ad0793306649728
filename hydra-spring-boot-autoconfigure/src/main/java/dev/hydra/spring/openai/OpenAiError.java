package dev.hydra.spring.openai;

import org.jspecify.annotations.Nullable;

/** What is wrong, as OpenAI's clients read it: the body of a response that is no answer, or the last event of one that broke off. */
record OpenAiError(Detail error) {

    /**
     * @param type  what kind of error
     * @param param the field of the request that is at fault; null where none is
     * @param code  which error, for programs; null where the type says enough
     */
    record Detail(
            String message,
            String type,
            @Nullable String param,
            @Nullable String code) {}
}
