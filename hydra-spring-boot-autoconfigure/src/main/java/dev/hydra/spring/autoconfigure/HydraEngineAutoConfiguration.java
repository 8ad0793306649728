package dev.hydra.spring.autoconfigure;

import dev.hydra.Hydra;
import dev.hydra.HydraOptions;
import dev.hydra.decode.DecodeListener;
import dev.hydra.tree.TreeShape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.model.SpringAIModelProperties;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.context.annotation.Bean;
import org.springframework.core.io.ResourceLoader;
import org.springframework.util.StringUtils;

/**
 * Opens the engine. Listeners that are beans hear what it decodes. An application replaces the options by a bean of its
 * own, or the whole engine.
 */
@AutoConfiguration
@ConditionalOnProperty(name = SpringAIModelProperties.CHAT_MODEL, havingValue = "hydra", matchIfMissing = true)
@EnableConfigurationProperties(HydraProperties.class)
public class HydraEngineAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean({HydraOptions.class, Hydra.class})
    HydraOptions hydraOptions(
            HydraProperties properties, ObjectProvider<DecodeListener> listeners, ResourceLoader resources) {
        ModelFolders folders = ModelFolders.of(properties, resources.getClassLoader());
        HydraOptions.Builder options = HydraOptions.builder(folders.model())
                .heads(folders.heads())
                .tree(tree(properties.getDecoding().getTree()))
                .device(properties.getDevice())
                .dataType(properties.getDataType())
                .positions(properties.getCache().getPositions())
                .queue(properties.getScheduler().getQueue())
                .promptChunk(properties.getDecoding().getPromptChunk());
        listeners.orderedStream().forEach(options::listener);
        return options.build();
    }

    @Bean(destroyMethod = "close")
    @ConditionalOnMissingBean
    Hydra hydra(HydraOptions options) {
        try {
            return Hydra.open(options);
        } catch (IllegalArgumentException unsuitable) {
            throw new HydraConfigurationException(
                    "Hydra cannot open its model: %s.".formatted(unsuitable.getMessage()),
                    "Change the property hydra.* or the file that the description speaks of.",
                    unsuitable);
        }
    }

    private static @Nullable TreeShape tree(@Nullable String tree) {
        if (!StringUtils.hasText(tree)) {
            return null;
        }
        try {
            return tree.endsWith(".json") ? TreeShape.parse(Files.readString(Path.of(tree))) : TreeShape.named(tree);
        } catch (IOException unreadable) {
            throw new InvalidConfigurationPropertyValueException(
                    HydraProperties.TREE, tree, "the file cannot be read: " + unreadable, unreadable);
        } catch (IllegalArgumentException notATree) {
            throw new InvalidConfigurationPropertyValueException(
                    HydraProperties.TREE, tree, notATree.getMessage(), notATree);
        }
    }
}
