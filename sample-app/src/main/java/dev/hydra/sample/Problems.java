package dev.hydra.sample;

import dev.hydra.schedule.QueueFullException;
import java.util.Objects;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;

/** Puts what can go wrong into words: as a response before an answer began, as an event after. */
@RestControllerAdvice
class Problems {

    @ExceptionHandler
    ProblemDetail queueFull(QueueFullException problem) {
        return problem(HttpStatus.SERVICE_UNAVAILABLE, problem);
    }

    /** The engine says what it refuses, and why; a message that is too long, for example. */
    @ExceptionHandler
    ProblemDetail refused(IllegalArgumentException problem) {
        return problem(HttpStatus.BAD_REQUEST, problem);
    }

    static ChatEvent event(Throwable problem) {
        return new ChatEvent.Failed(text(problem));
    }

    private static ProblemDetail problem(HttpStatus status, Throwable problem) {
        return ProblemDetail.forStatusAndDetail(status, text(problem));
    }

    private static String text(Throwable problem) {
        return Objects.requireNonNullElse(
                problem.getMessage(), problem.getClass().getSimpleName());
    }
}
