/**
 * A chat page on the embedded model, with live dials: how an application uses Hydra. Knows Spring AI's {@code ChatClient}
 * and little of Hydra. Start at {@link dev.hydra.sample.ChatController}.
 */
@NullMarked
package dev.hydra.sample;

import org.jspecify.annotations.NullMarked;
