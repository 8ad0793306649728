package dev.hydra.training.data;

import java.util.List;

/**
 * A row of tokens that a model is trained on at once: one chat, or several behind one another. No chat of a row sees another
 * one, and no label belongs to another chat than the place that predicts it.
 *
 * @param chats in order, at least one
 */
public record TokenRow(List<ChatTokens> chats) {

    public TokenRow {
        chats = List.copyOf(chats);
        if (chats.isEmpty()) {
            throw new IllegalArgumentException("a row has no chat; expected at least one");
        }
    }

    /** Number of tokens. */
    public int size() {
        return chats.stream().mapToInt(ChatTokens::size).sum();
    }

    /** Number of tokens that count in the loss. */
    public int learned() {
        return chats.stream().mapToInt(ChatTokens::learned).sum();
    }
}
