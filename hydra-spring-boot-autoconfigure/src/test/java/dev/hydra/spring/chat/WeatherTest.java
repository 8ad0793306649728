package dev.hydra.spring.chat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hydra.Hydra;
import dev.hydra.draft.DecodingMode;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.ai.chat.messages.AssistantMessage.ToolCall;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.tool.ToolCallback;
import org.springframework.ai.tool.function.FunctionToolCallback;

/** Calls of every format on their way through the engine, cut as its steps and its budget cut them. */
@ParameterizedClass
@EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "AUTO")
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class WeatherTest {

    private static final ToolCallback TOOL = FunctionToolCallback.builder("getCurrentWeather", (String place) -> "sun")
            .description("Weather")
            .inputType(String.class)
            .build();
    private static final ToolCallback OTHER = FunctionToolCallback.builder("getWeather", (String place) -> "sun")
            .description("Weather")
            .inputType(String.class)
            .build();

    @Parameter
    ToolFormat format;

    @TempDir
    static Path folder;

    private static HydraChatModel model;
    private static Hydra hydra;

    @BeforeParameterizedClassInvocation
    static void open(ToolFormat format) {
        hydra = Weather.script(format).open(folder.resolve(format.name()));
        model = HydraChatModel.builder(hydra).build();
    }

    @AfterParameterizedClassInvocation
    static void close() {
        hydra.close();
    }

    @ParameterizedTest
    @EnumSource(names = {"PLAIN", "HYDRA"})
    void streamsTheCallsThatItMakesWholeAndNothingElse(DecodingMode mode) {
        Prompt prompt = prompt(options(TOOL).mode(mode));

        List<ChatResponse> chunks = model.stream(prompt).collectList().block();

        assertThat(chunks).hasSize(1);
        assertThat(calls(chunks.get(0))).isEqualTo(calls(model.call(prompt))).hasSize(3);
        assertThat(chunks.get(0).getResult().getOutput().getText()).isEmpty();
        assertThat(calls(chunks.get(0)).get(1))
                .contains("Tokyo, Japan")
                .startsWith("{")
                .endsWith("}");
    }

    @ParameterizedTest
    @EnumSource(names = {"PLAIN", "HYDRA"})
    void streamsACallOfAnotherToolAsTextWordForWord(DecodingMode mode) {
        Prompt prompt = prompt(options(OTHER).mode(mode));

        List<ChatResponse> chunks = model.stream(prompt).collectList().block();

        assertThat(chunks).hasSizeGreaterThan(2).noneMatch(ChatResponse::hasToolCalls);
        assertThat(text(chunks)).isEqualTo(text(List.of(model.call(prompt)))).contains("getCurrentWeather", "Paris");
    }

    /** Whole calls before the cut are calls; what is cut off is text, of which none was streamed before. */
    @Test
    void leavesWhatTheBudgetCutsOffAsText() {
        String answer = text(List.of(model.call(prompt(options(OTHER)))));
        int budgets = model.call(prompt(options(TOOL))).getMetadata().getUsage().getCompletionTokens();
        List<Integer> counts = IntStream.iterate(1, budget -> budget < budgets, budget -> budget + 3)
                .mapToObj(budget -> {
                    Prompt prompt = prompt(options(TOOL).maxTokens(budget));
                    ChatResponse whole = model.call(prompt);
                    List<ChatResponse> chunks =
                            model.stream(prompt).collectList().block();
                    assertThat(text(chunks)).isEqualTo(text(List.of(whole)));
                    assertThat(answer).contains(text(chunks).strip());
                    assertThat(calls(chunks.get(chunks.size() - 1))).isEqualTo(calls(whole));
                    assertThat(whole.getResult().getMetadata().getFinishReason())
                            .isEqualTo("length");
                    return calls(whole).size();
                })
                .toList();

        assertThat(counts).isSorted().startsWith(0);
    }

    private static Prompt prompt(HydraChatOptions.Builder options) {
        return new Prompt("What is the weather in San Francisco, Tokyo and Paris?", options.build());
    }

    private static HydraChatOptions.Builder options(ToolCallback tool) {
        return HydraChatOptions.builder().toolCallbacks(tool);
    }

    private static List<String> calls(ChatResponse response) {
        return response.getResult().getOutput().getToolCalls().stream()
                .map(ToolCall::arguments)
                .toList();
    }

    private static String text(List<ChatResponse> chunks) {
        return chunks.stream()
                .map(chunk -> chunk.getResult().getOutput().getText())
                .collect(Collectors.joining());
    }
}
