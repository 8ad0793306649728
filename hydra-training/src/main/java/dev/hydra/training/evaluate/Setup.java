package dev.hydra.training.evaluate;

import dev.hydra.HydraOptions;
import dev.hydra.graph.DataType;
import dev.hydra.text.ChatTemplate;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where and how a model runs while it is measured.
 *
 * @param model     folder of the base model
 * @param device    {@code auto}, {@code cpu}, {@code gpu} or {@code gpu1}
 * @param dataType  of weights and activations; null for the engine's own choice
 * @param positions of a cache row, prompt and answer together, in tokens; 0 for the engine's own choice
 * @param chatTemplate {@code auto} for the model's own, the name of a built-in format, or the path of a Jinja file
 */
public record Setup(Path model, String device, @Nullable DataType dataType, int positions, String chatTemplate) {

    /** A model on whatever device there is, as the engine opens it by itself. */
    public static Setup of(Path model) {
        return new Setup(model, "auto", null, 0, ChatTemplate.AUTO);
    }

    /** The same on another device. */
    public Setup on(String device) {
        return new Setup(model, device, dataType, positions, chatTemplate);
    }

    /** The engine's options, without heads. */
    public HydraOptions.Builder options() {
        return HydraOptions.builder(model)
                .device(device)
                .dataType(dataType)
                .positions(positions)
                .chatTemplate(chatTemplate);
    }
}
