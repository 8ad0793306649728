package com.example;

import org.springframework.ai.chat.client.ChatClient;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.http.MediaType;
import org.springframework.http.codec.ServerSentEvent;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

@SpringBootApplication
public class ReactiveApplication {

    public static void main(String[] arguments) {
        SpringApplication.run(ReactiveApplication.class, arguments);
    }

    @RestController
    static class ReactiveController {

        private final ChatClient chat;

        ReactiveController(ChatClient.Builder chat) {
            this.chat = chat.build();
        }

        @GetMapping("/answer")
        Mono<Answer> answer(@RequestParam String question) {
            // waiting for a whole answer blocks, which the server's own threads must not
            return Mono.fromCallable(
                            () -> new Answer(chat.prompt(question).call().content()))
                    .subscribeOn(Schedulers.boundedElastic());
        }

        @GetMapping(path = "/stream", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
        Flux<ServerSentEvent<Answer>> stream(@RequestParam String question) {
            return chat.prompt(question).stream()
                    .content()
                    .map(part -> ServerSentEvent.builder(new Answer(part)).build());
        }
    }

    record Answer(String text) {}
}
