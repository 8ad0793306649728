package com.example;

import static org.assertj.core.api.Assertions.assertThat;

import com.example.EchoChatAutoConfiguration.EchoChatModel;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.client.ChatClientResponse;
import org.springframework.ai.chat.client.advisor.SafeGuardAdvisor;
import org.springframework.ai.chat.client.advisor.SimpleLoggerAdvisor;
import org.springframework.ai.chat.memory.ChatMemory;
import org.springframework.ai.chat.messages.Message;
import org.springframework.ai.chat.messages.MessageType;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.document.Document;
import org.springframework.ai.rag.advisor.RetrievalAugmentationAdvisor;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;

@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT)
class WebApplicationTest {

    private static final String QUESTION = "What is a draft head?";

    private final HttpClient browser = HttpClient.newHttpClient();

    @LocalServerPort
    private int port;

    @Autowired
    private Assistant assistant;

    @Autowired
    private ChatMemory memory;

    @Autowired
    private ChatClient.Builder chat;

    @Autowired
    private List<ChatModel> models;

    @Test
    void answersOnTheWeb() throws Exception {
        assertThat(get("/answer?question=" + encoded(QUESTION))).contains("{\"text\":\"");
        assertThat(get("/stream?question=" + encoded(QUESTION)).lines())
                .filteredOn(line -> line.startsWith("data:{\"text\":"))
                .hasSizeGreaterThan(2);
    }

    @Test
    void isHealthyAndReady() throws Exception {
        assertThat(get("/actuator/health")).contains("\"hydra\":{", "\"status\":\"UP\"");
        assertThat(get("/actuator/health/readiness")).contains("\"status\":\"UP\"");
        assertThat(get("/actuator/hydra")).contains("\"acceptanceLength\"");
    }

    @Test
    void hasNoModelButTheSelectedOne() {
        assertThat(models).hasSize(1).noneMatch(EchoChatModel.class::isInstance);
    }

    @Test
    void remembersAConversation() {
        String conversation = UUID.randomUUID().toString();

        ChatClientResponse first = assistant.talk(conversation, "Tell me a story about a brave little fox.");
        ChatClientResponse second = assistant.talk(conversation, QUESTION);

        assertThat(memory.get(conversation))
                .extracting(Message::getMessageType)
                .containsExactly(MessageType.USER, MessageType.ASSISTANT, MessageType.USER, MessageType.ASSISTANT);
        // the second prompt has the first question and its answer, word for word
        assertThat(promptTokens(second))
                .isGreaterThan(promptTokens(first)
                        + first.chatResponse().getMetadata().getUsage().getCompletionTokens());
    }

    @Test
    void answersFromDocuments() {
        ChatClientResponse response = assistant.lookUp("Do zebras graze on grass?");

        List<Document> found = (List<Document>) response.context().get(RetrievalAugmentationAdvisor.DOCUMENT_CONTEXT);
        assertThat(found).extracting(Document::getText).containsExactly("Zebras graze on dry grass.");
        assertThat(promptTokens(response))
                .isGreaterThan(promptTokens(
                        chat.build().prompt("Do zebras graze on grass?").call().chatClientResponse()));
    }

    @Test
    void goesThroughAdvisors() {
        ChatClient guarded = chat.build()
                .mutate()
                .defaultAdvisors(
                        new SimpleLoggerAdvisor(),
                        SafeGuardAdvisor.builder()
                                .sensitiveWords(List.of("dragon"))
                                .failureResponse("Not that.")
                                .build())
                .build();

        assertThat(guarded.prompt("Tell me about a dragon.").call().content()).isEqualTo("Not that.");
        assertThat(guarded.prompt(QUESTION).call().content())
                .isEqualTo(chat.build().prompt(QUESTION).call().content());
        assertThat(String.join(
                        "",
                        guarded.prompt(QUESTION).stream()
                                .content()
                                .collectList()
                                .block()))
                .isEqualTo(guarded.prompt(QUESTION).call().content());
    }

    private static int promptTokens(ChatClientResponse response) {
        return response.chatResponse().getMetadata().getUsage().getPromptTokens();
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private String get(String path) throws Exception {
        HttpResponse<String> response = browser.send(
                HttpRequest.newBuilder(URI.create("http://localhost:" + port + path))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).isEqualTo(200);
        return response.body();
    }
}
