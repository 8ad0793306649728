package dev.hydra;

import dev.hydra.checkpoint.Checkpoint;
import dev.hydra.checkpoint.ModelConfig;
import dev.hydra.checkpoint.SafetensorsWriter;
import dev.hydra.checkpoint.StorageType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/**
 * A seeded base model of any shape, for tests: the same seed writes the same files.
 *
 * @param config its sizes
 * @param type   how its numbers are stored
 * @param seed   of its weights
 */
public record TinyLlama(ModelConfig config, StorageType type, long seed) {
    private static final float NORM_SPREAD = 0.1f;
    private static final float BIAS_SPREAD = 0.5f;
    private static final float TIED_SPREAD = 0.3f;
    private static final float OUTPUT_SPREAD = 3;

    /** Two layers of width 32 with four heads over two key and value heads, 61 token ids, float32. */
    public static TinyLlama seeded(long seed) {
        return new TinyLlama(
                ModelConfig.llama(61, 32, 2, 4)
                        .keyValueHeads(2)
                        .intermediate(48)
                        .positions(256)
                        .build(),
                StorageType.FLOAT32,
                seed);
    }

    /** The same seed and storage for another shape. */
    public TinyLlama with(ModelConfig other) {
        return new TinyLlama(other, type, seed);
    }

    /** The same weights, stored otherwise. */
    public TinyLlama with(StorageType other) {
        return new TinyLlama(config, other, seed);
    }

    /**
     * Writes {@code config.json} and {@code model.safetensors}.
     *
     * @return the folder, which is created if need be
     */
    public Path write(Path folder) {
        SafetensorsWriter writer = new SafetensorsWriter();
        config.tensorShapes()
                .forEach((name, shape) -> writer.add(name, type, shape, () -> type.encode(weights(name, shape))));
        try {
            Files.createDirectories(folder);
            config.write(folder);
            writer.write(folder.resolve(Checkpoint.FILE));
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private float[] weights(String name, List<Long> shape) {
        if (config.tiedEmbeddings() && name.equals("model.norm.weight")) {
            return random(name, shape, 0, 1);
        }
        if (name.endsWith("norm.weight")) {
            return random(name, shape, 1, NORM_SPREAD);
        }
        if (name.endsWith(".bias")) {
            return random(name, shape, 0, BIAS_SPREAD);
        }
        if (name.equals("model.embed_tokens.weight")) {
            // a tied model with loud embeddings repeats its last token for ever
            return random(name, shape, 0, config.tiedEmbeddings() ? TIED_SPREAD : 1);
        }
        float spread = (float) (1 / Math.sqrt(shape.get(1)));
        return random(name, shape, 0, name.equals("lm_head.weight") ? OUTPUT_SPREAD * spread : spread);
    }

    private float[] random(String name, List<Long> shape, float mean, float spread) {
        return random(seed ^ (long) name.hashCode() << 32, shape, mean, spread);
    }

    static float[] random(long seed, List<Long> shape, float mean, float spread) {
        Random random = new Random(seed);
        float[] values = new float[Math.toIntExact(shape.stream().reduce(1L, Math::multiplyExact))];
        for (int at = 0; at < values.length; at++) {
            values[at] = mean + spread * (float) random.nextGaussian();
        }
        return values;
    }
}
