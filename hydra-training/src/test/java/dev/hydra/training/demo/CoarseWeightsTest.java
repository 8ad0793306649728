package dev.hydra.training.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hydra.checkpoint.SafetensorsFile;
import dev.hydra.checkpoint.SafetensorsWriter;
import dev.hydra.checkpoint.StorageType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CoarseWeightsTest {

    private static final long SEED = 5;
    private static final float HALF_A_STEP = 1f / 64;

    @TempDir
    Path folder;

    @Test
    void roundsToFiveBitsOfMantissaAndKeepsTheRest() throws IOException {
        Random random = new Random(SEED);
        float[] values = new float[1000];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (random.nextGaussian() * Math.pow(10, random.nextInt(9) - 4));
        }
        values[0] = 0;
        values[1] = Float.POSITIVE_INFINITY;
        values[2] = Float.NaN;
        Path file = folder.resolve("heads.safetensors");
        new SafetensorsWriter()
                .add("a", StorageType.BFLOAT16, List.of(10L, 100L), () -> StorageType.BFLOAT16.encode(values))
                .add("b", StorageType.FLOAT32, List.of(1000L), () -> StorageType.FLOAT32.encode(values))
                .write(file);

        CoarseWeights.round(file);

        float[] stored = StorageType.BFLOAT16.decode(StorageType.BFLOAT16.encode(values));
        try (SafetensorsFile coarse = SafetensorsFile.open(file)) {
            float[] rounded = coarse.tensor("a").floats();
            assertThat(coarse.tensor("a").shape()).containsExactly(10L, 100L);
            assertThat(coarse.tensor("b").floats()).containsExactly(values);
            assertThat(rounded[0]).isZero();
            assertThat(rounded[1]).isInfinite();
            assertThat(rounded[2]).isNaN();
            for (int i = 3; i < rounded.length; i++) {
                assertThat(Math.abs(rounded[i] - stored[i]))
                        .as("seed %d, value %d, %s", SEED, i, stored[i])
                        .isLessThanOrEqualTo(HALF_A_STEP * Math.abs(stored[i]));
                assertThat(Float.floatToRawIntBits(rounded[i]) & 0x3FFFF).isZero();
            }
        }
    }
}
