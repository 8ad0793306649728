package dev.hydra.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class StorageTypeTest {
    private static final int RANDOM_VALUES = 200_000;
    private static final long SEED = 7;

    @ParameterizedTest
    @EnumSource(
            value = StorageType.class,
            names = {"FLOAT16", "BFLOAT16"})
    void givesBackEveryNumberItCanStore(StorageType type) {
        ByteBuffer every = ByteBuffer.allocate(1 << 17).order(ByteOrder.LITTLE_ENDIAN);
        for (int bits = 0; bits < 1 << 16; bits++) {
            every.putShort((short) bits);
        }
        float[] values = type.decode(every.flip());
        ByteBuffer again = type.encode(values);
        for (int bits = 0; bits < 1 << 16; bits++) {
            if (Float.isNaN(values[bits])) {
                assertThat(type.decode(again.slice(2 * bits, 2))[0]).isNaN();
            } else {
                assertThat(again.getShort(2 * bits)).as("bits %04x", bits).isEqualTo((short) bits);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = StorageType.class,
            names = {"FLOAT16", "BFLOAT16"})
    void roundsToTheNearestAndHalvesToEven(StorageType type) {
        Random random = new Random(SEED);
        for (int count = 0; count < RANDOM_VALUES; count++) {
            float value = count % 2 == 0
                    ? (float) (random.nextGaussian() * Math.pow(2, random.nextInt(40) - 26))
                    : halfway(type, random);
            short rounded = type.encode(new float[] {value}).getShort(0);
            double error = Math.abs((double) decode(type, rounded) - value);
            for (int step : new int[] {-1, 1}) {
                double other = Math.abs((double) decode(type, (short) (rounded + step)) - value);
                boolean betterOrEven = error < other || error == other && (rounded & 1) == 0;
                assertThat(betterOrEven || Double.isNaN(other))
                        .as("seed %d, %s of %s", SEED, type, value)
                        .isTrue();
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "FLOAT16, 65504, 7bff",
        "FLOAT16, 65519.996, 7bff",
        "FLOAT16, 65520, 7c00",
        "FLOAT16, -1e30, fc00",
        "FLOAT16, 5.9604645e-8, 0001",
        "FLOAT16, 2.9802322e-8, 0000",
        "FLOAT16, 2.9802326e-8, 0001",
        "FLOAT16, 6.1005e-5, 03ff",
        "FLOAT16, 6.103515625e-5, 0400",
        "FLOAT16, -0.0, 8000",
        "BFLOAT16, 1.0, 3f80",
        "BFLOAT16, 1.00390625, 3f80",
        "BFLOAT16, 1.01171875, 3f82",
        "BFLOAT16, 3.4028235e38, 7f80",
        "BFLOAT16, -0.0, 8000",
        "BFLOAT16, Infinity, 7f80",
    })
    void roundsTheEdgesAsPytorchDoes(StorageType type, float value, String bits) {
        assertThat(type.encode(new float[] {value}).getShort(0)).isEqualTo((short) Integer.parseInt(bits, 16));
    }

    @Test
    void keepsWhatIsNotANumber() {
        float nearlyInfinite = Float.intBitsToFloat(0x7f800001);
        for (StorageType type : StorageType.values()) {
            assertThat(type.decode(type.encode(new float[] {nearlyInfinite, Float.NaN})))
                    .containsExactly(Float.NaN, Float.NaN);
        }
    }

    @Test
    void leavesTheBufferAsItIsWhenDecoding() {
        ByteBuffer bytes = StorageType.FLOAT32.encode(new float[] {1, 2, 3});
        bytes.position(4);
        assertThat(StorageType.FLOAT32.decode(bytes)).containsExactly(2, 3);
        assertThat(bytes.position()).isEqualTo(4);
    }

    private static float halfway(StorageType type, Random random) {
        short bits = (short) random.nextInt(type == StorageType.FLOAT16 ? 0x7bff : 0x7f7f);
        return (float) (((double) decode(type, bits) + decode(type, (short) (bits + 1))) / 2);
    }

    private static float decode(StorageType type, short bits) {
        return type.decode(ByteBuffer.allocate(2)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putShort(bits)
                .flip())[0];
    }
}
