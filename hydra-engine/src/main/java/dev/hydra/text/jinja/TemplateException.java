package dev.hydra.text.jinja;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/** A template that is damaged, fails, or asks for more than it may have. */
public class TemplateException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1;

    TemplateException(String message) {
        super(message);
    }

    TemplateException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /** The same error with the part of the template in which it occurred; the innermost part stays. */
    TemplateException in(String part) {
        return getCause() instanceof TemplateException
                ? this
                : new TemplateException("%s, in %s".formatted(getMessage(), part), this);
    }

    /** The template called {@code raise_exception}; the message is its own. */
    public static final class Raised extends TemplateException {
        @Serial
        private static final long serialVersionUID = 1;

        Raised(String message) {
            super(message);
        }

        @Override
        TemplateException in(String part) {
            return this;
        }
    }
}
