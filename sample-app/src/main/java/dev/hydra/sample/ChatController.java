package dev.hydra.sample;

import dev.hydra.draft.DecodingMode;
import dev.hydra.spring.chat.HydraChatOptions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.client.ChatClientResponse;
import org.springframework.ai.chat.client.advisor.MessageChatMemoryAdvisor;
import org.springframework.ai.chat.client.advisor.api.Advisor;
import org.springframework.ai.chat.memory.ChatMemory;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.codec.ServerSentEvent;
import org.springframework.util.StringUtils;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;

/**
 * Answers the page through Spring AI's {@code ChatClient}, as a stream of events. A page that goes away, or whose reader stops the
 * answer, cancels the stream, and with it the decoding; what was said until then is remembered. The server hears of it when it has
 * more to say; a reader who asks again before that has stopped the answer too.
 */
@RestController
class ChatController {

    private final ChatClient chat;
    private final ConversationMemory memory;
    private final List<Advisor> remembering;
    private final Map<String, Sinks.Empty<Void>> answering = new ConcurrentHashMap<>();

    ChatController(ChatClient.Builder chat, ConversationMemory memory, ContextWindow window) {
        this.chat = chat.build();
        this.memory = memory;
        this.remembering = List.of(MessageChatMemoryAdvisor.builder(memory).build(), window);
    }

    @PostMapping(path = "/api/chat", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
    Flux<ServerSentEvent<ChatEvent>> chat(@RequestBody Question question) {
        if (!StringUtils.hasText(question.message())) {
            throw new ResponseStatusException(HttpStatus.BAD_REQUEST, "the message is blank; expected a question");
        }
        return Flux.defer(() -> {
            var dials = new Dials();
            return answer(question)
                    .concatMapIterable(dials::read)
                    .doOnCancel(() -> remember(question, dials.text()))
                    .transform(events -> untilAskedAgain(question, events))
                    // an error in place of the first event becomes a response of its own, see Problems
                    .switchOnFirst((first, events) -> first.isOnError()
                            ? events
                            : events.onErrorResume(failure -> Flux.just(Problems.event(failure))))
                    .map(event -> ServerSentEvent.<ChatEvent>builder(event)
                            .event(event.name())
                            .build());
        });
    }

    /** Forgets a conversation. */
    @DeleteMapping("/api/conversations/{conversation}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void forget(@PathVariable String conversation) {
        memory.clear(conversation);
    }

    private Flux<ChatClientResponse> answer(Question question) {
        var request = chat.prompt(new Prompt(question.message()))
                .options(HydraChatOptions.builder()
                        .mode(question.mode())
                        .temperature(question.temperature())
                        .trace(question.trace()));
        String conversation = question.conversation();
        if (conversation != null) {
            request.advisors(
                    advisors -> advisors.advisors(remembering).param(ChatMemory.CONVERSATION_ID, conversation));
        }
        return request.stream().chatClientResponse();
    }

    /** The events, until their conversation has another question. */
    private Flux<ChatEvent> untilAskedAgain(Question question, Flux<ChatEvent> events) {
        String conversation = question.conversation();
        if (conversation == null) {
            return events;
        }
        Sinks.Empty<Void> again = Sinks.empty();
        Sinks.Empty<Void> before = answering.put(conversation, again);
        if (before != null) {
            before.tryEmitEmpty();
        }
        return events.takeUntilOther(again.asMono()).doFinally(end -> answering.remove(conversation, again));
    }

    private void remember(Question question, String saidUntilNow) {
        if (question.conversation() != null) {
            memory.cut(question.conversation(), question.message(), saidUntilNow);
        }
    }

    /**
     * What the page sends; a mode or a temperature that it leaves out is the model's own.
     *
     * @param conversation a name that the page has made up; without one, nothing is remembered
     * @param trace        whether the page draws the draft trees
     */
    record Question(
            String message,
            @Nullable DecodingMode mode,
            @Nullable Double temperature,
            @Nullable String conversation,
            @Nullable Boolean trace) {}
}
