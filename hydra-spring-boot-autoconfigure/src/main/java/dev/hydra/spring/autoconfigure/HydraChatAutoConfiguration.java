package dev.hydra.spring.autoconfigure;

import dev.hydra.Hydra;
import dev.hydra.sampling.SamplingOptions;
import dev.hydra.spring.chat.HydraChatModel;
import dev.hydra.spring.chat.HydraChatOptions;
import io.micrometer.observation.ObservationRegistry;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.observation.ChatModelObservationConvention;
import org.springframework.ai.model.SpringAIModelProperties;
import org.springframework.ai.model.tool.ToolCallingManager;
import org.springframework.ai.model.tool.autoconfigure.ToolCallingAutoConfiguration;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;

/** Puts the engine behind Spring AI's {@code ChatModel}, and so behind every {@code ChatClient}. */
@AutoConfiguration(
        after = {HydraEngineAutoConfiguration.class, ToolCallingAutoConfiguration.class},
        beforeName = "org.springframework.ai.model.chat.client.autoconfigure.ChatClientAutoConfiguration")
@ConditionalOnProperty(name = SpringAIModelProperties.CHAT_MODEL, havingValue = "hydra", matchIfMissing = true)
@ConditionalOnBean(Hydra.class)
@EnableConfigurationProperties(HydraProperties.class)
public class HydraChatAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    HydraChatModel hydraChatModel(
            Hydra hydra,
            HydraProperties properties,
            ObjectProvider<ToolCallingManager> tools,
            ObjectProvider<ObservationRegistry> observations,
            ObjectProvider<ChatModelObservationConvention> convention) {
        HydraChatModel.Builder builder = HydraChatModel.builder(hydra)
                .options(options(properties.getChat()))
                .toolFormat(properties.getChat().getToolFormat())
                .observationRegistry(observations.getIfUnique(() -> ObservationRegistry.NOOP));
        tools.ifAvailable(builder::toolCallingManager);
        HydraChatModel model = build(builder);
        convention.ifAvailable(model::setObservationConvention);
        return model;
    }

    private static HydraChatModel build(HydraChatModel.Builder builder) {
        try {
            return builder.build();
        } catch (IllegalArgumentException unsuitable) {
            throw new HydraConfigurationException(
                    "%s.* asks for what the engine would refuse every time: %s."
                            .formatted(HydraProperties.CHAT, unsuitable.getMessage()),
                    "Take these properties away, or set %s to exact.".formatted(HydraProperties.ACCEPTANCE),
                    unsuitable);
        }
    }

    private static HydraChatOptions options(HydraProperties.Chat chat) {
        return HydraChatOptions.builder()
                .maxTokens(maxTokens(chat.getMaxTokens()))
                .stopSequences(chat.getStopSequences().isEmpty() ? null : chat.getStopSequences())
                .temperature(usable("temperature", chat.getTemperature(), SamplingOptions.Builder::temperature))
                .topK(usable("top-k", chat.getTopK(), SamplingOptions.Builder::topK))
                .topP(usable("top-p", chat.getTopP(), SamplingOptions.Builder::topP))
                .minP(usable("min-p", chat.getMinP(), SamplingOptions.Builder::minP))
                .seed(chat.getSeed())
                .repetitionPenalty(usable(
                        "repetition-penalty", chat.getRepetitionPenalty(), SamplingOptions.Builder::repetitionPenalty))
                .frequencyPenalty(usable(
                        "frequency-penalty", chat.getFrequencyPenalty(), SamplingOptions.Builder::frequencyPenalty))
                .presencePenalty(
                        usable("presence-penalty", chat.getPresencePenalty(), SamplingOptions.Builder::presencePenalty))
                .build();
    }

    private static @Nullable Integer maxTokens(@Nullable Integer asked) {
        return asked == null ? null : new Setting<>(HydraProperties.CHAT + ".max-tokens", asked).as(Setting.atLeast(0));
    }

    /** The value, if the engine can choose tokens by it. */
    private static <T> @Nullable T usable(
            String name, @Nullable T value, BiFunction<SamplingOptions.Builder, T, SamplingOptions.Builder> option) {
        if (value != null) {
            new Setting<>(HydraProperties.CHAT + "." + name, value)
                    .as(set -> option.apply(SamplingOptions.builder(), set).build());
        }
        return value;
    }
}
