package dev.hydra.benchmarks;

import dev.hydra.checkpoint.Checkpoint;
import dev.hydra.checkpoint.HeadsCheckpoint;
import dev.hydra.checkpoint.HeadsConfig;
import dev.hydra.checkpoint.HeadsKind;
import dev.hydra.checkpoint.ModelConfig;
import dev.hydra.checkpoint.SafetensorsWriter;
import dev.hydra.checkpoint.StorageType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** Writes models of any size that have learnt nothing: for the speed of a pass the values do not matter, their number does. */
final class RandomModel {
    /** Half the width of the weights' range: small enough for sums that stay finite through all layers. */
    private static final float LARGEST = 0.05f;

    private RandomModel() {}

    /** Writes a base model's configuration and its weights, in bfloat16; the folder must exist. */
    static void writeBase(Path folder, ModelConfig config, long seed) throws IOException {
        config.write(folder);
        write(folder.resolve(Checkpoint.FILE), config.tensorShapes(), seed);
    }

    /** Writes Hydra heads for such a model, in bfloat16; the folder must exist. */
    static void writeHeads(Path folder, ModelConfig base, int heads, long seed) throws IOException {
        HeadsConfig config = new HeadsConfig(HeadsKind.HYDRA, heads, 1, "");
        config.write(folder);
        write(folder.resolve(HeadsCheckpoint.FILE), config.tensorShapes(base), seed);
    }

    private static void write(Path file, Map<String, List<Long>> shapes, long seed) throws IOException {
        SplittableRandom random = new SplittableRandom(seed);
        SafetensorsWriter writer = new SafetensorsWriter();
        shapes.forEach((name, shape) -> {
            long numbers = shape.stream().reduce(1L, Math::multiplyExact);
            SplittableRandom own = random.split();
            writer.add(name, StorageType.BFLOAT16, shape, () -> numbers(Math.toIntExact(numbers), own));
        });
        writer.write(file);
    }

    private static ByteBuffer numbers(int count, SplittableRandom random) {
        ByteBuffer bytes = ByteBuffer.allocate(count * Short.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int at = 0; at < count; at++) {
            float number = (random.nextInt() * 0x1p-31f) * LARGEST;
            // the upper half of a float is a bfloat16
            bytes.putShort((short) (Float.floatToRawIntBits(number) >>> 16));
        }
        return bytes.flip();
    }
}
