package dev.hydra.spring.autoconfigure;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The properties {@code hydra.openai.*}.
 *
 * @param enabled Whether the model answers OpenAI's chat completions over HTTP, to whoever may reach the path.
 * @param basePath Path of the endpoint: chat completions are at /chat/completions below it, models at /models.
 */
@ConfigurationProperties(HydraOpenAiProperties.PREFIX)
public record HydraOpenAiProperties(
        @DefaultValue("false") boolean enabled,
        @DefaultValue("/v1") String basePath) {

    static final String PREFIX = "hydra.openai";
}
