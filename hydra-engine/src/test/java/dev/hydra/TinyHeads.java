package dev.hydra;

import dev.hydra.checkpoint.HeadsCheckpoint;
import dev.hydra.checkpoint.HeadsConfig;
import dev.hydra.checkpoint.HeadsKind;
import dev.hydra.checkpoint.ModelConfig;
import dev.hydra.checkpoint.SafetensorsWriter;
import dev.hydra.checkpoint.StorageType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Seeded heads of any kind for any base model, for tests. Untrained, they draft nonsense, which is what tests of
 * exactness want.
 *
 * @param base   sizes of the base model
 * @param config how many heads and blocks
 * @param type   how the numbers are stored
 * @param seed   of the weights
 */
public record TinyHeads(ModelConfig base, HeadsConfig config, StorageType type, long seed) {
    private static final float BIAS_SPREAD = 0.5f;
    private static final float NORM_SPREAD = 0.1f;

    /** Heads for a base model, stored as float32. */
    public static TinyHeads seeded(long seed, ModelConfig base, int heads, int layers) {
        return seeded(seed, base, new HeadsConfig(HeadsKind.HYDRA, heads, layers, "tiny"));
    }

    /** Heads of any kind for a base model, stored as float32. */
    public static TinyHeads seeded(long seed, ModelConfig base, HeadsConfig config) {
        return new TinyHeads(base, config, StorageType.FLOAT32, seed);
    }

    /** The same weights, stored otherwise. */
    public TinyHeads with(StorageType other) {
        return new TinyHeads(base, config, other, seed);
    }

    /**
     * Writes {@code config.json} and {@code hydra_lm_head.safetensors}.
     *
     * @return the folder, which is created if need be
     */
    public Path write(Path folder) {
        SafetensorsWriter writer = new SafetensorsWriter();
        config.tensorShapes(base)
                .forEach((name, shape) -> writer.add(name, type, shape, () -> type.encode(weights(name, shape))));
        try {
            Files.createDirectories(folder);
            config.write(folder);
            writer.write(folder.resolve(HeadsCheckpoint.FILE));
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private float[] weights(String name, List<Long> shape) {
        if (name.endsWith("norm.weight")) {
            return TinyLlama.random(seed ^ (long) name.hashCode() << 32, shape, 1, NORM_SPREAD);
        }
        float spread = name.endsWith(".bias") ? BIAS_SPREAD : (float) (1 / Math.sqrt(shape.get(1)));
        return TinyLlama.random(seed ^ (long) name.hashCode() << 32, shape, 0, spread);
    }
}
