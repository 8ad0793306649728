package dev.hydra.sample;

import dev.hydra.draft.DecodingMode;
import dev.hydra.spring.chat.HydraChatOptions;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.codec.ServerSentEvent;
import org.springframework.util.StringUtils;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;
import reactor.core.publisher.Flux;

/**
 * Answers the page through Spring AI's {@code ChatClient}, as a stream of events. A page that goes away cancels the stream,
 * and with it the decoding.
 */
@RestController
class ChatController {

    private final ChatClient chat;

    ChatController(ChatClient.Builder chat) {
        this.chat = chat.build();
    }

    @PostMapping(path = "/api/chat", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
    Flux<ServerSentEvent<ChatEvent>> chat(@RequestBody Question question) {
        if (!StringUtils.hasText(question.message())) {
            throw new ResponseStatusException(HttpStatus.BAD_REQUEST, "the message is blank; expected a question");
        }
        return Flux.defer(() -> {
            var dials = new Dials();
            return chat
                    .prompt(new Prompt(question.message()))
                    .options(HydraChatOptions.builder().mode(question.mode()).temperature(question.temperature()))
                    .stream()
                    .chatResponse()
                    .map(dials::read)
                    // an error in place of the first event becomes a response of its own, see Problems
                    .switchOnFirst((first, events) -> first.isOnError()
                            ? events
                            : events.onErrorResume(failure -> Flux.just(Problems.event(failure))))
                    .map(event -> ServerSentEvent.<ChatEvent>builder(event)
                            .event(event.name())
                            .build());
        });
    }

    /** What the page sends; a mode or a temperature that it leaves out is the model's own. */
    record Question(
            String message,
            @Nullable DecodingMode mode,
            @Nullable Double temperature) {}
}
