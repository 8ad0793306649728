package dev.hydra.spring.autoconfigure;

import dev.hydra.Hydra;
import dev.hydra.sampling.SamplingOptions;
import dev.hydra.spring.chat.HydraChatModel;
import dev.hydra.spring.chat.HydraChatOptions;
import io.micrometer.observation.ObservationRegistry;
import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.observation.ChatModelObservationConvention;
import org.springframework.ai.model.SpringAIModelProperties;
import org.springframework.ai.model.tool.ToolCallingManager;
import org.springframework.ai.model.tool.autoconfigure.ToolCallingAutoConfiguration;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;

/** Puts the engine behind Spring AI's {@code ChatModel}, and so behind every {@code ChatClient}. */
@AutoConfiguration(
        after = {HydraEngineAutoConfiguration.class, ToolCallingAutoConfiguration.class},
        beforeName = "org.springframework.ai.model.chat.client.autoconfigure.ChatClientAutoConfiguration")
@ConditionalOnProperty(name = SpringAIModelProperties.CHAT_MODEL, havingValue = "hydra", matchIfMissing = true)
@ConditionalOnSingleCandidate(Hydra.class)
@EnableConfigurationProperties(HydraProperties.class)
public class HydraChatAutoConfiguration {

    /** What has a say in how tokens are chosen. */
    private static final List<String> CHOOSING = Stream.concat(
                    Stream.of(HydraProperties.ACCEPTANCE),
                    Stream.of(
                                    "response-format",
                                    "stop-sequences",
                                    "temperature",
                                    "top-k",
                                    "top-p",
                                    "min-p",
                                    "seed",
                                    "repetition-penalty",
                                    "frequency-penalty",
                                    "presence-penalty")
                            .map(name -> HydraProperties.CHAT + "." + name))
            .toList();

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
                            "Take these properties away, or set %s to exact and %s.response-format to text."
                                    .formatted(HydraProperties.ACCEPTANCE, HydraProperties.CHAT),
                            CHOOSING)
                    .causedBy(unsuitable);
        }
    }

    private static HydraChatOptions options(HydraProperties.Chat chat) {
        return HydraChatOptions.builder()
                .maxTokens(maxTokens(chat.getMaxTokens()))
                .stopSequences(stopSequences(chat.getStopSequences()))
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
                .responseFormat(chat.getResponseFormat())
                .build();
    }

    private static @Nullable List<String> stopSequences(List<String> asked) {
        return asked.isEmpty()
                ? null
                : new Setting<>(HydraProperties.CHAT + ".stop-sequences", asked)
                        .as(HydraChatAutoConfiguration::notEmpty);
    }

    private static List<String> notEmpty(List<String> texts) {
        if (texts.stream().anyMatch(String::isEmpty)) {
            throw new IllegalArgumentException(
                    "expected texts of one character at least; an empty one would end every answer");
        }
        return texts;
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
