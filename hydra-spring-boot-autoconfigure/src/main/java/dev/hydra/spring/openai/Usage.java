package dev.hydra.spring.openai;

/** Tokens of a prompt and its answer; an end token that the model said counts. */
record Usage(int promptTokens, int completionTokens, int totalTokens, PromptTokensDetails promptTokensDetails) {

    /** @param cachedTokens tokens of the prompt that did not have to be read again */
    record PromptTokensDetails(long cachedTokens) {}

    static Usage of(org.springframework.ai.chat.metadata.Usage usage) {
        Long cached = usage.getCacheReadInputTokens();
        return new Usage(
                usage.getPromptTokens(),
                usage.getCompletionTokens(),
                usage.getTotalTokens(),
                new PromptTokensDetails(cached == null ? 0 : cached));
    }
}
