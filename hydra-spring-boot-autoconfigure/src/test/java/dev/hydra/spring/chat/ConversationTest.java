package dev.hydra.spring.chat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hydra.Hydra;
import dev.hydra.spring.Script;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.client.advisor.MessageChatMemoryAdvisor;
import org.springframework.ai.chat.client.advisor.SafeGuardAdvisor;
import org.springframework.ai.chat.client.advisor.SimpleLoggerAdvisor;
import org.springframework.ai.chat.evaluation.FactCheckingEvaluator;
import org.springframework.ai.chat.evaluation.RelevancyEvaluator;
import org.springframework.ai.chat.memory.ChatMemory;
import org.springframework.ai.chat.memory.MessageWindowChatMemory;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.SystemMessage;
import org.springframework.ai.chat.messages.UserMessage;
import org.springframework.ai.chat.metadata.Usage;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.document.Document;
import org.springframework.ai.evaluation.EvaluationRequest;
import org.springframework.ai.template.st.StTemplateRenderer;

/** What Spring AI's providers are tested for, under the names that these tests have there. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ConversationTest {

    private static final String PIRATES = "Arr! Blackbeard, Black Bart and Anne Bonny be the most famous, matey.";
    private static final String SPACES = "1st prize,  2nd   prize and\n\n the 3rd . ";
    private static final String NUMBERS =
            IntStream.rangeClosed(1, 100).mapToObj(Integer::toString).collect(Collectors.joining(", ", "", "."));
    private static final String SECRET = "Nothing to see here, Sir";
    private static final SystemMessage PERSONA = new SystemMessage("You speak like a pirate.");
    private static final UserMessage QUESTION = new UserMessage("Tell me about three famous pirates.");

    @TempDir
    static Path folder;

    private static Hydra hydra;
    private static HydraChatModel model;

    @BeforeAll
    static void open() {
        hydra = Script.in("{%- for message in messages -%}<|{{ message.role }}|>{{ message.content }}{%- endfor -%}")
                .when(
                        "'first of them' in last.content and 'Blackbeard' in heard",
                        "Blackbeard was the one, as you know.")
                .when("'pirates' in last.content and 'like a pirate' in heard", PIRATES)
                .when("'1 to 100' in last.content", NUMBERS)
                .when("'prizes' in last.content", SPACES)
                .when("'three films' in last.content", "Alien, Brazil and Casablanca")
                .when("'name is' in last.content", "How do you do")
                .when("'my name' in last.content and 'James Bond' in heard", "It is Bond; James Bond")
                .when("'my name' in last.content", "You never told me")
                .when("'secret' in last.content", "The secret is out!")
                .when("'fiction' in last.content", "no")
                .when("'fact' in last.content", "yes")
                .open(folder);
        model = HydraChatModel.builder(hydra).build();
    }

    @AfterAll
    static void close() {
        hydra.close();
    }

    @Test
    void roleTest() {
        ChatResponse last = model.call(new Prompt(List.of(QUESTION, PERSONA)));
        ChatResponse first = model.call(new Prompt(List.of(PERSONA, QUESTION)));

        assertThat(last.getResults()).hasSize(1);
        assertThat(text(last)).isEqualTo(PIRATES);
        assertThat(text(first)).isEqualTo(PIRATES);
    }

    @Test
    void streamRoleTest() {
        List<ChatResponse> chunks = model.stream(new Prompt(List.of(QUESTION, PERSONA)))
                .collectList()
                .block();

        assertThat(chunks).hasSizeGreaterThan(2);
        assertThat(text(chunks)).isEqualTo(PIRATES);
    }

    @Test
    void testMessageHistory() {
        ChatResponse first = model.call(new Prompt(List.of(PERSONA, QUESTION)));

        ChatResponse second = model.call(new Prompt(List.of(
                PERSONA, QUESTION, first.getResult().getOutput(), new UserMessage("Who was the first of them?"))));

        assertThat(text(second)).isEqualTo("Blackbeard was the one, as you know.");
    }

    @Test
    void streamCompletenessTest() {
        List<ChatResponse> chunks =
                model.stream(new Prompt("Count from 1 to 100.")).collectList().block(Duration.ofSeconds(30));

        assertThat(text(chunks)).isEqualTo(NUMBERS);
    }

    @Test
    void streamCompletenessTestWithChatResponse() {
        List<ChatResponse> chunks = ChatClient.create(model).prompt("Count from 1 to 100.").stream()
                .chatResponse()
                .collectList()
                .block();

        assertThat(text(chunks)).isEqualTo(NUMBERS);
    }

    @Test
    void ensureChatResponseAsContentDoesNotSwallowBlankSpace() {
        ChatClient client = ChatClient.create(model);

        assertThat(client.prompt("Which prizes are there?").stream()
                        .content()
                        .collect(Collectors.joining())
                        .block())
                .isEqualTo(SPACES);
        assertThat(client.prompt("Which prizes are there?").call().content()).isEqualTo(SPACES);
    }

    @Test
    void usageTest() {
        Usage usage =
                model.call(new Prompt(List.of(PERSONA, QUESTION))).getMetadata().getUsage();

        assertThat(usage.getPromptTokens()).isPositive();
        assertThat(usage.getCompletionTokens()).isPositive();
        assertThat(usage.getTotalTokens()).isEqualTo(usage.getPromptTokens() + usage.getCompletionTokens());
    }

    @Test
    void streamingWithTokenUsage() {
        Prompt prompt = new Prompt(List.of(PERSONA, QUESTION));

        ChatResponse whole = model.call(prompt);
        ChatResponse last = model.stream(prompt).blockLast();

        Usage called = whole.getMetadata().getUsage();
        Usage streamed = last.getMetadata().getUsage();
        assertThat(streamed.getPromptTokens()).isEqualTo(called.getPromptTokens());
        assertThat(streamed.getCompletionTokens()).isEqualTo(called.getCompletionTokens());
        assertThat(streamed.getTotalTokens()).isEqualTo(called.getTotalTokens());
        assertThat(last.getMetadata().getRateLimit()).isNotNull();
        assertThat(last.getMetadata().getPromptMetadata()).isNotNull();
    }

    @Test
    void chatMemory() {
        ChatClient client = ChatClient.builder(model)
                .defaultAdvisors(MessageChatMemoryAdvisor.builder(
                                MessageWindowChatMemory.builder().build())
                        .build())
                .build();

        assertThat(inConversation(client, "one", "My name is James Bond.")).isEqualTo("How do you do");
        assertThat(inConversation(client, "one", "What is my name?")).isEqualTo("It is Bond; James Bond");
        assertThat(inConversation(client, "other", "What is my name?")).isEqualTo("You never told me");
    }

    private static String inConversation(ChatClient client, String id, String text) {
        return client.prompt(text)
                .advisors(advisors -> advisors.param(ChatMemory.CONVERSATION_ID, id))
                .call()
                .content();
    }

    @Test
    void customTemplateRendererWithCall() {
        String answer = pointed().call().content();

        assertThat(answer).isEqualTo("Alien, Brazil and Casablanca");
    }

    @Test
    void customTemplateRendererWithStream() {
        String answer =
                pointed().stream().content().collect(Collectors.joining()).block();

        assertThat(answer).isEqualTo("Alien, Brazil and Casablanca");
    }

    @Test
    void customTemplateRendererWithCallAndAdvisor() {
        assertThat(pointed().advisors(new SimpleLoggerAdvisor()).call().content())
                .isEqualTo("Alien, Brazil and Casablanca");
    }

    @Test
    void customTemplateRendererWithStreamAndAdvisor() {
        assertThat(pointed().advisors(new SimpleLoggerAdvisor()).stream()
                        .content()
                        .collect(Collectors.joining())
                        .block())
                .isEqualTo("Alien, Brazil and Casablanca");
    }

    private static ChatClient.ChatClientRequestSpec pointed() {
        return ChatClient.create(model)
                .prompt()
                .options(HydraChatOptions.builder().temperature(0.0))
                .user(user -> user.text("Name {exactly} <number> films").params(Map.of("number", "three")))
                .templateRenderer(StTemplateRenderer.builder()
                        .startDelimiterToken('<')
                        .endDelimiterToken('>')
                        .build());
    }

    @Test
    void safeGuardAdvisorRuns() {
        ChatClient guarded = ChatClient.builder(model)
                .defaultAdvisors(SafeGuardAdvisor.builder()
                        .sensitiveWords(List.of("secret"))
                        .failureResponse(SECRET)
                        .build())
                .build();

        assertThat(guarded.prompt("Tell me a secret").call().content()).isEqualTo(SECRET);
        assertThat(guarded.prompt("What is my name?").call().content()).isEqualTo("You never told me");
        assertThat(ChatClient.create(model).prompt("Tell me a secret").call().content())
                .isEqualTo("The secret is out!");
    }

    @Test
    void simpleLoggerAdvisorRuns() {
        ChatClient logged = ChatClient.builder(model)
                .defaultAdvisors(new SimpleLoggerAdvisor())
                .build();

        assertThat(logged.prompt("What is my name?").call().content()).isEqualTo("You never told me");
    }

    @Test
    void factCheckingEvaluatorRuns() {
        FactCheckingEvaluator evaluator =
                FactCheckingEvaluator.builder(ChatClient.builder(model)).build();
        List<Document> documents = List.of(new Document("Something"));

        assertThat(evaluator
                        .evaluate(new EvaluationRequest(documents, "a fact"))
                        .isPass())
                .isTrue();
        assertThat(evaluator
                        .evaluate(new EvaluationRequest(documents, "a fiction"))
                        .isPass())
                .isFalse();
    }

    @Test
    void relevancyEvaluatorRuns() {
        RelevancyEvaluator evaluator = new RelevancyEvaluator(ChatClient.builder(model));

        assertThat(evaluator
                        .evaluate(new EvaluationRequest("question", List.of(), "a fact"))
                        .isPass())
                .isTrue();
        assertThat(evaluator
                        .evaluate(new EvaluationRequest("question", List.of(), "a fiction"))
                        .isPass())
                .isFalse();
    }

    @Test
    void takesAnAnswerWithoutText() {
        var silent = AssistantMessage.builder().build();

        ChatResponse response =
                model.call(new Prompt(List.of(new UserMessage("..."), silent, new UserMessage("What is my name?"))));

        assertThat(text(response)).isEqualTo("You never told me");
    }

    private static String text(List<ChatResponse> chunks) {
        return chunks.stream().map(ConversationTest::text).collect(Collectors.joining());
    }

    private static String text(ChatResponse response) {
        return response.getResult().getOutput().getText();
    }
}
