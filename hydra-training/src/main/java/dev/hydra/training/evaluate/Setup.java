package dev.hydra.training.evaluate;

import dev.hydra.HydraOptions;
import dev.hydra.graph.DataType;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where and how a model runs while it is measured.
 *
 * @param model     folder of the base model
 * @param device    {@code auto}, {@code cpu}, {@code gpu} or {@code gpu1}
 * @param dataType  of weights and activations; null for the engine's own choice
 * @param positions of a cache row, prompt and answer together, in tokens; 0 for the engine's own choice
 */
public record Setup(Path model, String device, @Nullable DataType dataType, int positions) {

    /** A model on whatever device there is, as the engine opens it by itself. */
    public static Setup of(Path model) {
        return new Setup(model, "auto", null, 0);
    }

    /** The same on another device. */
    public Setup on(String device) {
        return new Setup(model, device, dataType, positions);
    }

    /** The engine's options, without heads. */
    public HydraOptions.Builder options() {
        return HydraOptions.builder(model).device(device).dataType(dataType).positions(positions);
    }
}
