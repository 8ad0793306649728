package dev.hydra.spring.chat;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.tool.ToolCallback;
import org.springframework.ai.tool.function.FunctionToolCallback;

class HydraChatOptionsTest {

    private static final ToolCallback TOOL = FunctionToolCallback.builder("tool", (String input) -> input)
            .description("Gives back what it is given")
            .inputType(String.class)
            .build();

    @Test
    void mutatesIntoAnEqualCopy() {
        HydraChatOptions options = full();

        HydraChatOptions copy = options.mutate().build();

        assertThat(copy).isNotSameAs(options).isEqualTo(options).hasSameHashCodeAs(options);
        assertThat(copy.getToolCallbacks()).containsExactly(TOOL);
        assertThat(copy.getToolContext()).containsEntry("key", "value");
    }

    @Test
    void differsWhereOneOptionDiffers() {
        assertThat(full().mutate().maxTokens(8).build()).isNotEqualTo(full());
        assertThat(full().mutate().toolCallbacks(List.of()).build()).isNotEqualTo(full());
    }

    @Test
    void keepsWhatTheOtherDoesNotSet() {
        HydraChatOptions combined = full().mutate()
                .combineWith(ChatOptions.builder().temperature(0.5).stopSequences(List.of("b")))
                .build();

        assertThat(combined.getTemperature()).isEqualTo(0.5);
        assertThat(combined.getMaxTokens()).isEqualTo(7);
        assertThat(combined.getStopSequences()).containsExactly("a", "b");
    }

    @Test
    void clonesABuilderThatGoesItsOwnWay() {
        HydraChatOptions.Builder builder = HydraChatOptions.builder().maxTokens(1);
        HydraChatOptions.Builder clone = builder.clone();

        clone.maxTokens(2);

        assertThat(builder.build().getMaxTokens()).isEqualTo(1);
        assertThat(clone.build().getMaxTokens()).isEqualTo(2);
    }

    @Test
    void asksForNothingUnlessTold() {
        HydraChatOptions options = HydraChatOptions.builder().build();

        assertThat(options.getTemperature()).isNull();
        assertThat(options.getMaxTokens()).isNull();
        assertThat(options.getStopSequences()).isNull();
        assertThat(options.getToolCallbacks()).isNull();
    }

    private static HydraChatOptions full() {
        return HydraChatOptions.builder()
                .model("model")
                .frequencyPenalty(0.1)
                .maxTokens(7)
                .presencePenalty(0.2)
                .stopSequences(List.of("a"))
                .temperature(0.0)
                .topK(3)
                .topP(0.4)
                .toolCallbacks(List.of(TOOL))
                .toolContext(Map.of("key", "value"))
                .build();
    }
}
