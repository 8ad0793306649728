package com.example;

import org.springframework.ai.chat.client.ChatClient;
import org.springframework.http.MediaType;
import org.springframework.http.codec.ServerSentEvent;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Flux;

@RestController
class ChatController {

    private final ChatClient chat;

    ChatController(ChatClient.Builder chat) {
        this.chat = chat.build();
    }

    @GetMapping("/answer")
    Answer answer(@RequestParam String question) {
        return new Answer(chat.prompt(question).call().content());
    }

    @GetMapping(path = "/stream", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
    Flux<ServerSentEvent<Answer>> stream(@RequestParam String question) {
        return chat.prompt(question).stream()
                .content()
                .map(part -> ServerSentEvent.builder(new Answer(part)).build());
    }

    /** JSON keeps the spaces at a part's ends, which a bare event would lose. */
    record Answer(String text) {}
}
