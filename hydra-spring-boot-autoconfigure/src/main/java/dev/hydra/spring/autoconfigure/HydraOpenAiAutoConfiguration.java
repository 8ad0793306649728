package dev.hydra.spring.autoconfigure;

import dev.hydra.spring.chat.HydraChatModel;
import dev.hydra.spring.openai.OpenAiController;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.web.bind.annotation.RestController;

/** OpenAI's chat completions over HTTP, where an application with a web server asks for them. */
@AutoConfiguration(after = HydraChatAutoConfiguration.class)
@ConditionalOnWebApplication
@ConditionalOnClass(RestController.class)
@ConditionalOnBooleanProperty(HydraOpenAiProperties.PREFIX + ".enabled")
@ConditionalOnBean(HydraChatModel.class)
@EnableConfigurationProperties(HydraOpenAiProperties.class)
public class HydraOpenAiAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    OpenAiController hydraOpenAiController(ObjectProvider<HydraChatModel> models) {
        return new OpenAiController(models.orderedStream().toList());
    }
}
