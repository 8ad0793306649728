package dev.hydra.spring.openai;

import dev.hydra.spring.chat.HydraChatModel;
import dev.hydra.spring.openai.ChatCompletionRequest.Delivery;
import io.micrometer.context.ContextSnapshotFactory;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * OpenAI's chat completions, below the path that {@code hydra.openai.base-path} names. It asks for no credentials: whoever may reach
 * the path may ask the model. A stream whose client goes away is cancelled, and its decoding with it.
 *
 * <p>Bodies are read and written here, so that neither the application's JSON mapper nor its handling of errors changes what
 * clients see. Safe for threads to share.
 */
@RestController
@RequestMapping("${hydra.openai.base-path:/v1}")
public final class OpenAiController {

    private static final Logger log = LoggerFactory.getLogger(OpenAiController.class);
    private static final String DONE = " [DONE]";
    private static final ContextSnapshotFactory SNAPSHOTS =
            ContextSnapshotFactory.builder().build();

    private final ServedModels models;
    private final long created = Instant.now().getEpochSecond();

    /**
     * An endpoint for these models.
     *
     * @throws IllegalArgumentException if there is none, or two have the same name
     */
    public OpenAiController(List<HydraChatModel> models) {
        this.models = new ServedModels(models);
    }

    @GetMapping("/models")
    ResponseEntity<String> models() {
        return json(new ModelList(models.names().stream()
                .map(name -> new ModelList.Model(name, created))
                .toList()));
    }

    /** @param id with a slash before it; what follows may have others */
    @GetMapping("/models/{*id}")
    ResponseEntity<String> model(@PathVariable("id") String id) {
        String name = id.substring(1);
        models.get(name);
        return json(new ModelList.Model(name, created));
    }

    /**
     * Answers as JSON or as server-sent events, as the body asks: a flux is what both have in common. A page of another origin can send a
     * body of any type but JSON without being asked who it is, so JSON it has to be.
     */
    @PostMapping("/chat/completions")
    ResponseEntity<Flux<String>> complete(
            @RequestHeader HttpHeaders headers, @RequestBody(required = false) byte @Nullable [] body) {
        MediaType type = headers.getContentType();
        if (type == null || !type.isCompatibleWith(MediaType.APPLICATION_JSON)) {
            throw OpenAiException.notJson("the content type is %s; expected application/json"
                    .formatted(type == null ? "missing" : "'%s'".formatted(type)));
        }
        if (body == null) {
            throw OpenAiException.unreadable("the body is missing; expected a JSON object");
        }
        ChatCompletionRequest request = ChatCompletionRequest.read(Json.read(body));
        HydraChatModel model = models.get(request.model());
        AnswerId answer = AnswerId.of(ServedModels.name(model));
        return request.delivery() == Delivery.WHOLE
                ? body(MediaType.APPLICATION_JSON, whole(model, request, answer))
                : body(MediaType.TEXT_EVENT_STREAM, events(model, request, answer));
    }

    private static Flux<String> whole(HydraChatModel model, ChatCompletionRequest request, AnswerId answer) {
        // on a thread that may wait, as those of a reactive server may not, and in the trace of the request
        return Mono.deferContextual(context -> Mono.fromCallable(SNAPSHOTS
                                .captureFrom(context)
                                .wrap(() -> Json.write(ChatCompletion.of(answer, model.call(request.prompt())))))
                        .subscribeOn(Schedulers.boundedElastic()))
                .flux();
    }

    private static Flux<String> events(HydraChatModel model, ChatCompletionRequest request, AnswerId answer) {
        return Flux.defer(() -> {
            var reader = new ChunkReader(answer, request.delivery());
            return model.stream(request.prompt())
                    .concatMapIterable(reader::read)
                    .map(OpenAiController::event)
                    .concatWithValues(DONE)
                    // in place of the first event it becomes a response with a status of its own
                    .switchOnFirst((first, events) -> first.isOnError()
                            ? events
                            : events.onErrorResume(
                                    problem -> Flux.just(event(failure(problem).error()))));
        });
    }

    /** With the space behind "data:" that no reader of events needs, and some that look for "data: " do. */
    private static String event(Object value) {
        return " " + Json.write(value);
    }

    @ExceptionHandler
    ResponseEntity<String> failed(RuntimeException problem) {
        Failure failure = failure(problem);
        var response = ResponseEntity.status(failure.status()).contentType(MediaType.APPLICATION_JSON);
        if (failure.status().isSameCodeAs(HttpStatus.SERVICE_UNAVAILABLE)) {
            response.header(HttpHeaders.RETRY_AFTER, "1");
        }
        return response.body(Json.write(failure.error()));
    }

    private static Failure failure(Throwable problem) {
        Failure failure = Failure.of(problem);
        if (failure.status().isSameCodeAs(HttpStatus.INTERNAL_SERVER_ERROR)) {
            log.error("a chat completion failed", problem);
        }
        return failure;
    }

    private static ResponseEntity<String> json(Object value) {
        return ResponseEntity.ok().contentType(MediaType.APPLICATION_JSON).body(Json.write(value));
    }

    private static ResponseEntity<Flux<String>> body(MediaType type, Flux<String> content) {
        return ResponseEntity.ok().contentType(type).body(content);
    }
}
