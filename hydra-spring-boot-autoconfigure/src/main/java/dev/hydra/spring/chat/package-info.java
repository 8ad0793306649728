/**
 * Hydra as a chat model of Spring AI: prompts in, answers out. Knows Spring AI and the engine, and no Spring Boot. Start
 * at {@link dev.hydra.spring.chat.HydraChatModel}.
 */
@NullMarked
package dev.hydra.spring.chat;

import org.jspecify.annotations.NullMarked;
