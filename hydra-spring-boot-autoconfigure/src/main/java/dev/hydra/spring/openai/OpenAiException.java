package dev.hydra.spring.openai;

import org.springframework.http.HttpStatus;

/** A request that gets an error instead of an answer. */
final class OpenAiException extends RuntimeException {

    private static final long serialVersionUID = 1L;
    static final String INVALID_REQUEST = "invalid_request_error";

    private final transient Failure failure;

    private OpenAiException(Failure failure) {
        super(failure.error().error().message());
        this.failure = failure;
    }

    /** A request that cannot be met, because of one of its fields. */
    static OpenAiException invalid(String param, String message) {
        return new OpenAiException(new Failure(
                HttpStatus.BAD_REQUEST,
                new OpenAiError(new OpenAiError.Detail(message, INVALID_REQUEST, param, null))));
    }

    /** A request whose field would change the answer in a way that nothing here can. */
    static OpenAiException unsupported(String param, String message) {
        return new OpenAiException(new Failure(
                HttpStatus.BAD_REQUEST,
                new OpenAiError(new OpenAiError.Detail(message, INVALID_REQUEST, param, "unsupported_parameter"))));
    }

    /** A request that is no JSON object. */
    static OpenAiException unreadable(String message) {
        return new OpenAiException(new Failure(
                HttpStatus.BAD_REQUEST, new OpenAiError(new OpenAiError.Detail(message, INVALID_REQUEST, null, null))));
    }

    /** A body of another type than the one that is read. */
    static OpenAiException notJson(String message) {
        return new OpenAiException(new Failure(
                HttpStatus.UNSUPPORTED_MEDIA_TYPE,
                new OpenAiError(new OpenAiError.Detail(message, INVALID_REQUEST, null, null))));
    }

    /** A request for a model that is not here. */
    static OpenAiException modelNotFound(String message) {
        return new OpenAiException(new Failure(
                HttpStatus.NOT_FOUND,
                new OpenAiError(new OpenAiError.Detail(message, INVALID_REQUEST, "model", "model_not_found"))));
    }

    Failure failure() {
        return failure;
    }
}
