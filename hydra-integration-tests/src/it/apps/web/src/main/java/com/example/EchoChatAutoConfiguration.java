package com.example;

import java.util.List;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;

/** Another provider on the class path, set up as Spring AI's own are. Its model says what it hears. */
@AutoConfiguration
@ConditionalOnProperty(name = "spring.ai.model.chat", havingValue = "echo", matchIfMissing = true)
public class EchoChatAutoConfiguration {

    @Bean
    EchoChatModel echoChatModel() {
        return new EchoChatModel();
    }

    /** Says what it hears. */
    public static final class EchoChatModel implements ChatModel {

        @Override
        public ChatResponse call(Prompt prompt) {
            return new ChatResponse(List.of(new Generation(new AssistantMessage(prompt.getContents()))));
        }
    }
}
