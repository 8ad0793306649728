/**
 * OpenAI's chat completions over HTTP, answered by {@link dev.hydra.spring.chat.HydraChatModel}. Knows Spring's web annotations, on
 * servlets or reactive, and no Spring Boot. Start at {@link dev.hydra.spring.openai.OpenAiController}.
 */
@NullMarked
package dev.hydra.spring.openai;

import org.jspecify.annotations.NullMarked;
