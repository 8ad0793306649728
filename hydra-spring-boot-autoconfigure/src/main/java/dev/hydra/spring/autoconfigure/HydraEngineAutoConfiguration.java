package dev.hydra.spring.autoconfigure;

import dev.hydra.Hydra;
import dev.hydra.HydraOptions;
import dev.hydra.decode.DecodeListener;
import dev.hydra.sampling.AcceptanceRule;
import dev.hydra.sampling.Exact;
import dev.hydra.sampling.Typical;
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
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;
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
            HydraProperties properties,
            ObjectProvider<DecodeListener> listeners,
            ResourceLoader resources,
            Environment environment) {
        ModelFolders folders = ModelFolders.of(
                properties, resources.getClassLoader(), new HubFolders(properties.getHub(), environment));
        HydraProperties.Decoding decoding = properties.getDecoding();
        HydraProperties.Cache cache = properties.getCache();
        int queue = properties.getScheduler().getQueue();
        HydraOptions.Builder options = HydraOptions.builder(folders.model())
                .heads(folders.heads())
                .ownEmbeddings(properties.getHeads().isUseOwnEmbeddings())
                .mode(decoding.getMode())
                .tree(tree(decoding.getTree()))
                .acceptance(acceptance(decoding))
                .device(properties.getDevice())
                .dataType(properties.getModel().getDataType().dataType())
                .chatTemplate(properties.getChat().getTemplate())
                .warmUp(properties.isWarmUp())
                .rows(new Setting<>(HydraProperties.ROWS, cache.getRows()).as(Setting.atLeast(1)))
                .positions(new Setting<>(HydraProperties.POSITIONS, cache.getPositions())
                        .as(HydraEngineAutoConfiguration::positions))
                .queue(new Setting<>(HydraProperties.QUEUE, queue).as(Setting.atLeast(1)))
                .promptChunk(
                        new Setting<>(HydraProperties.PROMPT_CHUNK, decoding.getPromptChunk()).as(Setting.atLeast(1)));
        listeners.orderedStream().forEach(options::listener);
        return options.build();
    }

    @Bean(destroyMethod = "close")
    @ConditionalOnMissingBean
    Hydra hydra(HydraOptions options) {
        return Hydra.open(options);
    }

    private static AcceptanceRule acceptance(HydraProperties.Decoding decoding) {
        double threshold = new Setting<>(HydraProperties.POSTERIOR_THRESHOLD, decoding.getPosteriorThreshold())
                .as(value -> new Typical(value, 1).threshold());
        double alpha = new Setting<>(HydraProperties.POSTERIOR_ALPHA, decoding.getPosteriorAlpha())
                .as(value -> new Typical(1, value).alpha());
        return switch (decoding.getAcceptance()) {
            case EXACT -> new Exact();
            case TYPICAL -> new Typical(threshold, alpha);
        };
    }

    private static int positions(int positions) {
        if (positions < 0 || positions == 1) {
            throw new IllegalArgumentException("expected 0 for what the model knows, or 2 or more");
        }
        return positions;
    }

    private static @Nullable TreeShape tree(@Nullable String tree) {
        return StringUtils.hasText(tree)
                ? new Setting<>(HydraProperties.TREE, tree).as(HydraEngineAutoConfiguration::shape)
                : null;
    }

    private static TreeShape shape(String tree) {
        if (!tree.endsWith(".json")) {
            return TreeShape.named(tree);
        }
        try {
            return TreeShape.parse(Files.readString(Path.of(tree)));
        } catch (IOException unreadable) {
            throw new IllegalArgumentException("the file cannot be read: " + unreadable, unreadable);
        }
    }
}
