/**
 * What heads learn from: chats read from files, as rows of tokens. Knows no tensors. Start at {@link
 * dev.hydra.training.data.TokenRow}.
 */
@NullMarked
package dev.hydra.training.data;

import org.jspecify.annotations.NullMarked;
