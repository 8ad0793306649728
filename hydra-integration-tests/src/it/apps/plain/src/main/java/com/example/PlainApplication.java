package com.example;

import org.springframework.ai.chat.client.ChatClient;
import org.springframework.boot.CommandLineRunner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;

/** Asks what it is started with, says what it hears, and ends. */
@SpringBootApplication
public class PlainApplication {

    public static void main(String[] arguments) {
        SpringApplication.run(PlainApplication.class, arguments);
    }

    @Bean
    CommandLineRunner ask(ChatClient.Builder chat) {
        return arguments -> {
            for (String question : arguments) {
                System.out.println(chat.build().prompt(question).call().content());
            }
        };
    }
}
