package dev.hydra.spring.chat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hydra.draft.DecodingMode;
import dev.hydra.sampling.Exact;
import dev.hydra.sampling.Typical;
import dev.hydra.tree.TreeShape;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.model.tool.StructuredOutputChatOptions;
import org.springframework.ai.model.tool.ToolCallingChatOptions;
import org.springframework.ai.test.options.AbstractChatOptionsTests;
import org.springframework.ai.tool.ToolCallback;
import org.springframework.ai.tool.function.FunctionToolCallback;

class HydraChatOptionsTest extends AbstractChatOptionsTests<HydraChatOptions, HydraChatOptions.Builder> {

    private static final ToolCallback TOOL = tool("tool");
    private static final TreeShape TREE = TreeShape.named("chain-4");

    @Override
    protected Class<HydraChatOptions> getConcreteOptionsClass() {
        return HydraChatOptions.class;
    }

    @Override
    protected HydraChatOptions.Builder readyToBuildBuilder() {
        return full().mutate();
    }

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
        assertThat(full().mutate().seed(8L).build()).isNotEqualTo(full());
        assertThat(full().mutate().minP(0.2).build()).isNotEqualTo(full());
        assertThat(full().mutate().repetitionPenalty(1.2).build()).isNotEqualTo(full());
        assertThat(full().mutate().logitBias(Map.of()).build()).isNotEqualTo(full());
        assertThat(full().mutate().mode(DecodingMode.PLAIN).build()).isNotEqualTo(full());
        assertThat(full().mutate().tree(TreeShape.single()).build()).isNotEqualTo(full());
        assertThat(full().mutate().acceptance(Typical.standard()).build()).isNotEqualTo(full());
        assertThat(full().mutate().trace(false).build()).isNotEqualTo(full());
        assertThat(full().mutate().toolChoice(ToolChoice.AUTO).build()).isNotEqualTo(full());
        assertThat(full().mutate().outputSchema("{}").build()).isNotEqualTo(full());
        assertThat(full().mutate().responseFormat(ResponseFormat.TEXT).build()).isNotEqualTo(full());
        assertThat(full()).isNotEqualTo(ChatOptions.builder().build());
    }

    @Test
    void keepsWhatTheOtherDoesNotSet() {
        HydraChatOptions combined = full().mutate()
                .combineWith(ChatOptions.builder().temperature(0.5).stopSequences(List.of("b")))
                .build();

        assertThat(combined.getTemperature()).isEqualTo(0.5);
        assertThat(combined.getMaxTokens()).isEqualTo(7);
        assertThat(combined.getStopSequences()).containsExactly("a", "b");
        assertThat(combined.getSeed()).isEqualTo(5L);
        assertThat(combined.getMinP()).isEqualTo(0.1);
        assertThat(combined.getRepetitionPenalty()).isEqualTo(1.1);
        assertThat(combined.getLogitBias()).isEqualTo(Map.of(1, -2.0, 2, 3.0));
        assertThat(combined.getMode()).isEqualTo(DecodingMode.MEDUSA);
        assertThat(combined.getTree()).isEqualTo(TREE);
        assertThat(combined.getAcceptance()).isEqualTo(new Exact());
        assertThat(combined.getTrace()).isTrue();
        assertThat(combined.getToolChoice()).isEqualTo(ToolChoice.NONE);
        assertThat(combined.getOutputSchema()).isEqualTo("true");
        assertThat(combined.getResponseFormat()).isEqualTo(ResponseFormat.JSON);
    }

    @Test
    void takesTheSchemaOfOptionsOfAnyClass() {
        assertThat(full().mutate()
                        .combineWith(StructuredOutputChatOptions.builder().outputSchema("{}"))
                        .build()
                        .getOutputSchema())
                .isEqualTo("{}");
        assertThat(full().mutate()
                        .combineWith(StructuredOutputChatOptions.builder())
                        .build()
                        .getOutputSchema())
                .isEqualTo("true");
    }

    @Test
    void takesWhatTheOtherSets() {
        HydraChatOptions combined = full().mutate()
                .combineWith(HydraChatOptions.builder()
                        .seed(6L)
                        .minP(0.0)
                        .repetitionPenalty(1.0)
                        .logitBias(Map.of(2, 0.0, 3, 4.0))
                        .mode(DecodingMode.PLAIN)
                        .tree(TreeShape.single())
                        .trace(false)
                        .toolChoice(ToolChoice.AUTO)
                        .outputSchema("{}")
                        .responseFormat(ResponseFormat.TEXT))
                .build();

        assertThat(combined)
                .isEqualTo(full().mutate()
                        .seed(6L)
                        .minP(0.0)
                        .repetitionPenalty(1.0)
                        .logitBias(Map.of(1, -2.0, 2, 0.0, 3, 4.0))
                        .mode(DecodingMode.PLAIN)
                        .tree(TreeShape.single())
                        .trace(false)
                        .toolChoice(ToolChoice.AUTO)
                        .outputSchema("{}")
                        .responseFormat(ResponseFormat.TEXT)
                        .build());
    }

    @Test
    void asksForTypicalAcceptanceWithoutWhatDoesNotGoWithIt() {
        HydraChatOptions combined = full().mutate()
                .combineWith(HydraChatOptions.builder().acceptance(Typical.standard()))
                .build();

        assertThat(combined)
                .isEqualTo(full().mutate()
                        .acceptance(Typical.standard())
                        .topK(null)
                        .topP(null)
                        .minP(null)
                        .repetitionPenalty(null)
                        .frequencyPenalty(null)
                        .presencePenalty(null)
                        .logitBias(null)
                        .build());
    }

    @Test
    void asksForAModeWithoutTheTreeOfAnother() {
        HydraChatOptions combined = full().mutate()
                .combineWith(HydraChatOptions.builder().mode(DecodingMode.PLAIN))
                .build();

        assertThat(combined)
                .isEqualTo(full().mutate().mode(DecodingMode.PLAIN).tree(null).build());
    }

    @Test
    void takesTheOthersToolOfTwoWithOneName() {
        ToolCallback other = tool("tool");
        ToolCallback more = tool("more");

        assertThat(full().mutate()
                        .combineWith(HydraChatOptions.builder().toolCallbacks(other, more))
                        .build()
                        .getToolCallbacks())
                .containsExactly(other, more);
        assertThat(full().mutate()
                        .combineWith(ToolCallingChatOptions.builder().toolCallbacks(more))
                        .build()
                        .getToolCallbacks())
                .containsExactly(TOOL, more);
    }

    @Test
    void isTheSameWhenCombinedTwice() {
        HydraChatOptions defaults = full();
        HydraChatOptions.Builder request = HydraChatOptions.builder()
                .topK(9)
                .stopSequences(List.of("b", "a"))
                .toolCallbacks(tool("more"));

        HydraChatOptions once = defaults.mutate().combineWith(request).build();

        assertThat(once.getStopSequences()).containsExactly("a", "b");
        assertThat(defaults.mutate().combineWith(once.mutate()).build()).isEqualTo(once);
    }

    @Test
    void keepsItsBiasesWhateverBecomesOfTheMapTheyCameIn() {
        Map<Integer, Double> biases = new HashMap<>(Map.of(1, 2.0));
        HydraChatOptions options = HydraChatOptions.builder().logitBias(biases).build();

        biases.clear();

        assertThat(options.getLogitBias()).isEqualTo(Map.of(1, 2.0));
    }

    @Test
    void clonesABuilderThatGoesItsOwnWay() {
        HydraChatOptions.Builder builder = HydraChatOptions.builder().maxTokens(1);
        HydraChatOptions.Builder clone = builder.clone();

        clone.maxTokens(2).seed(2L);

        assertThat(builder.build())
                .isEqualTo(HydraChatOptions.builder().maxTokens(1).build());
        assertThat(clone.build())
                .isEqualTo(HydraChatOptions.builder().maxTokens(2).seed(2L).build());
    }

    @Test
    void asksForNothingUnlessTold() {
        HydraChatOptions options = HydraChatOptions.builder().build();

        assertThat(options.getTemperature()).isNull();
        assertThat(options.getMaxTokens()).isNull();
        assertThat(options.getStopSequences()).isNull();
        assertThat(options.getToolCallbacks()).isNull();
        assertThat(options.getSeed()).isNull();
        assertThat(options.getMinP()).isNull();
        assertThat(options.getRepetitionPenalty()).isNull();
        assertThat(options.getLogitBias()).isNull();
        assertThat(options.getMode()).isNull();
        assertThat(options.getTrace()).isNull();
        assertThat(options.getTree()).isNull();
        assertThat(options.getAcceptance()).isNull();
        assertThat(options.getToolChoice()).isNull();
        assertThat(options.getOutputSchema()).isNull();
        assertThat(options.getResponseFormat()).isNull();
    }

    private static ToolCallback tool(String name) {
        return FunctionToolCallback.builder(name, (String input) -> input)
                .description("Gives back what it is given")
                .inputType(String.class)
                .build();
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
                .seed(5L)
                .minP(0.1)
                .repetitionPenalty(1.1)
                .logitBias(Map.of(1, -2.0, 2, 3.0))
                .mode(DecodingMode.MEDUSA)
                .tree(TREE)
                .acceptance(new Exact())
                .trace(true)
                .toolChoice(ToolChoice.NONE)
                .outputSchema("true")
                .responseFormat(ResponseFormat.JSON)
                .build();
    }
}
