package dev.hydra.text;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/** A chat template that is missing or broken, or that refuses a conversation. */
public class ChatTemplateException extends IllegalArgumentException {
    @Serial
    private static final long serialVersionUID = 1;

    ChatTemplateException(String message) {
        super(message);
    }

    ChatTemplateException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
