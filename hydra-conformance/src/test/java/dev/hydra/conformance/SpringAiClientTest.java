package dev.hydra.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.errors.BadRequestException;
import com.openai.errors.InternalServerException;
import com.openai.errors.NotFoundException;
import com.openai.errors.OpenAIServiceException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.SystemMessage;
import org.springframework.ai.chat.messages.UserMessage;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.openai.OpenAiChatModel;
import org.springframework.ai.openai.OpenAiChatOptions;
import org.springframework.test.context.ContextConfiguration;
import reactor.core.Disposable;
import reactor.core.Disposables;

/** Spring AI's own client for OpenAI, which is OpenAI's own for Java, speaks with the endpoint. */
@ContextConfiguration(classes = OpenApplication.class)
class SpringAiClientTest extends ServedReciter {

    private static final String ALPHABET = "defghijklmnopqrstuvwxyz";

    private OpenAiChatModel model;

    @BeforeEach
    void connect() {
        model = OpenAiChatModel.builder().options(options().build()).build();
    }

    private OpenAiChatOptions.Builder options() {
        return OpenAiChatOptions.builder()
                .baseUrl("http://127.0.0.1:" + port + "/v1")
                .apiKey("none")
                .maxRetries(0)
                .model("reciter");
    }

    @Test
    void callsWithUsageAndFinishReason() {
        ChatResponse response = model.call(new Prompt("say abc"));

        assertThat(response.getResult().getOutput().getText()).isEqualTo(ALPHABET);
        assertThat(response.getResult().getMetadata().getFinishReason()).isEqualToIgnoringCase("stop");
        assertThat(response.getMetadata().getId()).startsWith("chatcmpl-");
        assertThat(response.getMetadata().getModel()).isEqualTo("reciter");
        assertThat(response.getMetadata().getUsage().getPromptTokens()).isEqualTo(8);
        assertThat(response.getMetadata().getUsage().getCompletionTokens()).isEqualTo(24);
        assertThat(response.getMetadata().getUsage().getTotalTokens()).isEqualTo(32);
    }

    @Test
    void streamsStepByStep() {
        List<ChatResponse> chunks = Objects.requireNonNull(
                model.stream(new Prompt("say abc", options().streamUsage(true).build()))
                        .collectList()
                        .block());

        String text = chunks.stream()
                .filter(chunk -> chunk.getResult() != null)
                .map(chunk -> chunk.getResult().getOutput().getText())
                .filter(Objects::nonNull)
                .collect(Collectors.joining());
        assertThat(text).isEqualTo(ALPHABET);
        assertThat(chunks).hasSizeGreaterThan(5);
        assertThat(chunks)
                .anySatisfy(chunk -> assertThat(chunk.getResult().getMetadata().getFinishReason())
                        .isEqualToIgnoringCase("stop"));
        assertThat(chunks.get(chunks.size() - 1).getMetadata().getUsage().getTotalTokens())
                .isEqualTo(32);
    }

    @Test
    void honoursStopAndBudget() {
        assertThat(text("say abc", options().stop(List.of("k")))).isEqualTo("defghij");
        assertThat(text("say abc", options().maxTokens(3))).isEqualTo("def");

        ChatResponse cut = model.call(
                new Prompt("say abc", options().maxCompletionTokens(5).build()));
        assertThat(cut.getResult().getOutput().getText()).isEqualTo("defgh");
        assertThat(cut.getResult().getMetadata().getFinishReason()).isEqualToIgnoringCase("length");
    }

    @Test
    void drawsTheSameWithTheSameSeed() {
        String drawn =
                text("say abc", options().temperature(2.0).topP(1.0).seed(5).maxTokens(30));

        assertThat(text("say abc", options().temperature(2.0).topP(1.0).seed(5).maxTokens(30)))
                .isEqualTo(drawn);
    }

    @Test
    void passesWhatOpenAiDoesNotKnow() {
        OpenAiChatOptions.Builder hot = options().temperature(40.0);

        assertThat(text("say abc", hot.extraBody(Map.of("top_k", 1, "mode", "plain"))))
                .isEqualTo(ALPHABET);
    }

    @Test
    void takesAConversation() {
        ChatResponse response = model.call(new Prompt(List.of(
                new SystemMessage("be brief"),
                new UserMessage("say a"),
                new AssistantMessage("b"),
                new UserMessage("say w"))));

        assertThat(response.getResult().getOutput().getText()).isEqualTo("xyz");
    }

    @Test
    void servesAChatClient() {
        ChatClient chat = ChatClient.create(model);

        assertThat(chat.prompt("say v").call().content()).isEqualTo("wxyz");
        assertThat(String.join(
                        "",
                        chat.prompt("say v").stream().content().collectList().block()))
                .isEqualTo("wxyz");
    }

    @Test
    void sendsOptionsThatChangeNothing() {
        assertThat(text(
                        "say w",
                        options()
                                .user("ann")
                                .store(false)
                                .metadata(Map.of("a", "b"))
                                .serviceTier("auto")
                                .reasoningEffort("low")
                                .verbosity("low")
                                .n(1)))
                .isEqualTo("xyz");
    }

    @Test
    void meetsErrorsAsTheClientsOwn() {
        assertThatThrownBy(() -> text("say x", options().model("gpt-4o")))
                .isInstanceOf(NotFoundException.class)
                .hasMessageContaining("there is no model 'gpt-4o' here");
        assertThatThrownBy(() -> text("a".repeat(5000), options()))
                .isInstanceOf(BadRequestException.class)
                .satisfies(error ->
                        assertThat(((OpenAIServiceException) error).code()).hasValue("context_length_exceeded"));
        assertThatThrownBy(() -> text("say x", options().n(2)))
                .isInstanceOf(BadRequestException.class)
                .satisfies(error ->
                        assertThat(((OpenAIServiceException) error).param()).hasValue("n"));
        assertThatThrownBy(() ->
                        model.stream(new Prompt("a".repeat(5000))).collectList().block())
                .cause()
                .isInstanceOf(BadRequestException.class);
    }

    @Test
    @Timeout(300)
    void triesAgainWhenTheQueueIsFull() throws Exception {
        // a token a step, so that it lasts
        Prompt forEver = new Prompt(
                FOR_EVER, options().extraBody(Map.of("mode", "plain")).build());
        Disposable.Composite streams = Disposables.composite();
        try {
            streams.add(model.stream(forEver).subscribe());
            while (hydra.active() == 0) {
                Thread.sleep(1);
            }
            streams.add(model.stream(forEver).subscribe());
            streams.add(model.stream(forEver).subscribe());
            while (hydra.queued() < 2) {
                Thread.sleep(1);
            }
            assertThatThrownBy(() -> text("say x", options()))
                    .isInstanceOf(InternalServerException.class)
                    .hasMessageContaining("2 of 2 waiting requests");
        } finally {
            streams.dispose();
        }

        assertThat(text("say x", options().maxRetries(20))).isEqualTo("yz");
        untilIdle();
    }

    private String text(String message, OpenAiChatOptions.Builder options) {
        // a client of its own, since the address and the retries are the client's
        OpenAiChatModel asked =
                OpenAiChatModel.builder().options(options.build()).build();
        return asked.call(new Prompt(message)).getResult().getOutput().getText();
    }
}
