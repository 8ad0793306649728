package dev.hydra.spring.openai;

import dev.hydra.schedule.PromptTooLongException;
import dev.hydra.schedule.QueueFullException;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.web.ErrorResponse;

/**
 * An error with its status. What the caller can mend is said in the engine's own words; what went wrong inside is not, since it
 * may name what is nobody else's business.
 */
record Failure(HttpStatusCode status, OpenAiError error) {

    private static final String SERVER_ERROR = "server_error";

    /** What an exception means to a client. */
    static Failure of(Throwable problem) {
        if (problem instanceof OpenAiException known) {
            return known.failure();
        }
        if (problem instanceof QueueFullException) {
            return new Failure(HttpStatus.SERVICE_UNAVAILABLE, error(message(problem), SERVER_ERROR, "queue_full"));
        }
        if (problem instanceof CancellationException) {
            return new Failure(
                    HttpStatus.SERVICE_UNAVAILABLE,
                    error("the server stopped before the answer was complete", SERVER_ERROR, "shutting_down"));
        }
        if (problem instanceof PromptTooLongException) {
            return new Failure(
                    HttpStatus.BAD_REQUEST,
                    new OpenAiError(new OpenAiError.Detail(
                            message(problem), OpenAiException.INVALID_REQUEST, "messages", "context_length_exceeded")));
        }
        if (problem instanceof IllegalArgumentException) {
            return new Failure(HttpStatus.BAD_REQUEST, error(message(problem), OpenAiException.INVALID_REQUEST, null));
        }
        if (problem instanceof ErrorResponse response) {
            return new Failure(
                    response.getStatusCode(), error(message(problem), OpenAiException.INVALID_REQUEST, null));
        }
        return new Failure(
                HttpStatus.INTERNAL_SERVER_ERROR,
                error("the model failed to answer; the server's log says why", SERVER_ERROR, null));
    }

    private static OpenAiError error(String message, String type, @Nullable String code) {
        return new OpenAiError(new OpenAiError.Detail(message, type, null, code));
    }

    private static String message(Throwable problem) {
        return Objects.requireNonNullElse(
                problem.getMessage(), problem.getClass().getSimpleName());
    }
}
