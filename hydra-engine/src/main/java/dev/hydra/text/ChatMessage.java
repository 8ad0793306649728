package dev.hydra.text;

/**
 * One turn of a conversation.
 *
 * @param role as the template knows it, usually {@code system}, {@code user} or {@code assistant}
 * @param content the words, verbatim; a template never interprets them
 */
public record ChatMessage(String role, String content) {
    public ChatMessage {
        if (role.isBlank()) {
            throw new IllegalArgumentException("role of a message is blank; expected system, user or assistant");
        }
    }
}
