package dev.hydra.spring.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.hydra.Hydra;
import dev.hydra.draft.DecodingMode;
import dev.hydra.sampling.Exact;
import dev.hydra.sampling.SamplingOptions;
import dev.hydra.schedule.GenerationRequest;
import dev.hydra.spring.Reciter;
import dev.hydra.tree.TreeShape;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.Message;
import org.springframework.ai.chat.messages.SystemMessage;
import org.springframework.ai.chat.messages.ToolResponseMessage;
import org.springframework.ai.chat.messages.ToolResponseMessage.ToolResponse;
import org.springframework.ai.chat.messages.UserMessage;

class PromptReaderTest {

    @TempDir
    static Path folder;

    private static Hydra hydra;

    @BeforeAll
    static void open() {
        hydra = Reciter.open(folder);
    }

    @AfterAll
    static void close() {
        hydra.close();
    }

    @Test
    void createRequestWithOptions() {
        TreeShape tree = TreeShape.single();
        GenerationRequest request = request(
                List.of(new UserMessage("a")),
                HydraChatOptions.builder()
                        .maxTokens(7)
                        .stopSequences(List.of("one", "two"))
                        .temperature(0.5)
                        .topK(3)
                        .topP(0.9)
                        .minP(0.1)
                        .repetitionPenalty(1.1)
                        .frequencyPenalty(0.2)
                        .presencePenalty(0.3)
                        .logitBias(Map.of(3, 2.0))
                        .seed(5L)
                        .mode(DecodingMode.HYDRA)
                        .tree(tree)
                        .acceptance(new Exact())
                        .build());

        assertThat(request)
                .isEqualTo(GenerationRequest.of(hydra.tokenizer().encode("<|user|>a"))
                        .withMaximumTokens(7)
                        .withStopStrings(List.of("one", "two"))
                        .withSampling(SamplingOptions.builder()
                                .temperature(0.5)
                                .topK(3)
                                .topP(0.9)
                                .minP(0.1)
                                .repetitionPenalty(1.1)
                                .frequencyPenalty(0.2)
                                .presencePenalty(0.3)
                                .logitBias(Map.of(3, 2.0))
                                .seed(5)
                                .build())
                        .withMode(DecodingMode.HYDRA)
                        .withTree(tree)
                        .withAcceptance(new Exact()));
    }

    @Test
    void createRequestWithAllMessageTypes() {
        List<Message> messages = List.of(
                new UserMessage("What?"),
                new SystemMessage("be kind"),
                AssistantMessage.builder()
                        .content("I look.")
                        .toolCalls(List.of(
                                new AssistantMessage.ToolCall("1", "function", "look", "{\"at\": 1.50}"),
                                new AssistantMessage.ToolCall("2", "function", "listen", "")))
                        .build(),
                ToolResponseMessage.builder()
                        .responses(
                                List.of(new ToolResponse("1", "look", "rain"), new ToolResponse("2", "listen", "wind")))
                        .build(),
                new UserMessage("And?"),
                new SystemMessage("be brief"));

        // the reciter's template knows of no calls, so that they come in words
        assertThat(prompt(messages))
                .isEqualTo("<|system|>be kind\n\nbe brief<|user|>What?<|assistant|>I look.\n"
                        + "[{\"name\":\"look\",\"arguments\":{\"at\":1.5}}, {\"name\":\"listen\",\"arguments\":{}}]"
                        + "<|user|>Result of the tool look:\nrain\n\nResult of the tool listen:\nwind\n\nAnd?");
    }

    @Test
    void createRequestWithModelOverride() {
        HydraChatOptions own = HydraChatOptions.builder().model(Reciter.NAME).build();
        HydraChatOptions other = HydraChatOptions.builder().model("gpt-9").build();

        assertThat(request(List.of(new UserMessage("a")), own).prompt()).isNotEmpty();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> request(List.of(new UserMessage("a")), other))
                .withMessage(
                        "model is 'gpt-9'; the model loaded is 'reciter': ask for that one, or leave the model out of"
                                + " the options");
    }

    private static GenerationRequest request(List<Message> messages, HydraChatOptions options) {
        return new PromptReader(hydra, ToolFormat.AUTO)
                .read(messages, options, OfferedTools.none())
                .request();
    }

    private static String prompt(List<Message> messages) {
        return hydra.tokenizer()
                .decodeVerbatim(
                        request(messages, HydraChatOptions.builder().build()).prompt());
    }
}
