package dev.hydra.spring.autoconfigure;

import dev.hydra.Hydra;
import dev.hydra.spring.chat.HydraChatModel;
import dev.hydra.spring.chat.HydraChatOptions;
import io.micrometer.observation.ObservationRegistry;
import org.springframework.ai.chat.observation.ChatModelObservationConvention;
import org.springframework.ai.model.SpringAIModelProperties;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;

/** Puts the engine behind Spring AI's {@code ChatModel}, and so behind every {@code ChatClient}. */
@AutoConfiguration(
        after = HydraEngineAutoConfiguration.class,
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
            ObjectProvider<ObservationRegistry> observations,
            ObjectProvider<ChatModelObservationConvention> convention) {
        HydraProperties.Chat chat = properties.getChat();
        HydraChatModel model = HydraChatModel.builder(hydra)
                .options(HydraChatOptions.builder()
                        .maxTokens(chat.getMaxTokens())
                        .stopSequences(chat.getStopSequences().isEmpty() ? null : chat.getStopSequences())
                        .build())
                .observationRegistry(observations.getIfUnique(() -> ObservationRegistry.NOOP))
                .build();
        convention.ifAvailable(model::setObservationConvention);
        return model;
    }
}
