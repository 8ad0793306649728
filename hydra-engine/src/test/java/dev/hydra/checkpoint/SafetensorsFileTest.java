package dev.hydra.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafetensorsFileTest {
    private static final String TWO_FLOATS = "{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}";
    private static final Pattern TENSOR = Pattern.compile("(\\w+):(\\w+):(\\[[^]]*]):(-?\\d+):(-?\\d+)");
    private static final long BEYOND_INTEGERS = 2_500_000_000L;

    @TempDir
    Path folder;

    @Test
    void readsWhatLiesInTheFile() throws IOException {
        Path file = write(
                "{\"__metadata__\":{\"format\":\"pt\"},"
                        + "\"b\":{\"dtype\":\"BF16\",\"shape\":[],\"data_offsets\":[8,10]},"
                        + "\"a\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[0,8]},"
                        + "\"none\":{\"dtype\":\"F16\",\"shape\":[0,7],\"data_offsets\":[8,8]}}",
                bytes(0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0, 0x80, 0x3f));
        StoredTensor tensor;
        ByteBuffer kept;
        try (SafetensorsFile safetensors = SafetensorsFile.open(file)) {
            assertThat(safetensors.tensors().keySet()).containsExactly("a", "none", "b");
            assertThat(safetensors.tensor("b").floats()).containsExactly(1);
            assertThat(safetensors.tensor("b").shape()).isEmpty();
            assertThat(safetensors.tensor("none").floats()).isEmpty();
            tensor = safetensors.tensor("a");
            assertThat(tensor.floats()).containsExactly(1, -2);
            assertThat(tensor.shape()).containsExactly(1L, 2L);
            assertThat(tensor.length()).isEqualTo(8);
            kept = tensor.bytes();
        }
        assertThat(StorageType.FLOAT32.decode(kept)).containsExactly(1, -2);
        assertThat(kept.isDirect()).isTrue();
        assertThat(kept.isReadOnly()).isTrue();
        assertThat(kept.order()).isEqualTo(ByteOrder.LITTLE_ENDIAN);
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> tensor.read(0, ByteBuffer.allocate(4)))
                .withMessage("x.safetensors: is closed; tensors are read as long as their file is open");
    }

    @Test
    void readsPartsOfATensor() throws IOException {
        byte[] numbers = bytes(1, 2, 3, 4, 5, 6, 7, 8);
        Path file = write("{\"x\":{\"dtype\":\"F16\",\"shape\":[4],\"data_offsets\":[0,8]}}", numbers);
        try (SafetensorsFile safetensors = SafetensorsFile.open(file)) {
            StoredTensor onFile = safetensors.tensor("x");
            StoredTensor inMemory = new StoredTensor("x", StorageType.FLOAT16, List.of(4L), ByteBuffer.wrap(numbers));
            for (StoredTensor tensor : List.of(onFile, inMemory)) {
                for (ByteBuffer buffer : List.of(ByteBuffer.allocate(9), ByteBuffer.allocateDirect(9))) {
                    tensor.read(3, buffer.position(2).limit(5));
                    assertThat(buffer.position()).isEqualTo(5);
                    assertThat(buffer.clear().slice(2, 3)).isEqualTo(ByteBuffer.wrap(bytes(4, 5, 6)));
                    assertThatExceptionOfType(IndexOutOfBoundsException.class)
                            .isThrownBy(() -> tensor.read(6, buffer.clear().limit(3)));
                }
            }
        }
    }

    @Test
    void readsTheEndOfATensorThatNoBufferCouldHold() throws IOException {
        long rows = (1L << 31) / 4 + 1;
        String header = "{\"x\":{\"dtype\":\"F32\",\"shape\":[%d],\"data_offsets\":[0,%d]}}".formatted(rows, 4 * rows);
        Path file = write(header, new byte[0]);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            // what lies between is a hole, which takes no room on the disk
            ByteBuffer last = ByteBuffer.wrap(bytes(0, 0, 0x80, 0x3f));
            channel.write(last, channel.size() + 4 * (rows - 1));
        }
        try (SafetensorsFile safetensors = SafetensorsFile.open(file)) {
            StoredTensor tensor = safetensors.tensor("x");
            ByteBuffer end = ByteBuffer.allocate(8);
            tensor.read(tensor.length() - 8, end);
            assertThat(StorageType.FLOAT32.decode(end.flip())).containsExactly(0, 1);
            assertThatExceptionOfType(CheckpointException.class)
                    .isThrownBy(tensor::bytes)
                    .withMessageContaining("has 2147483652 bytes; expected at most 2147483647");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "x:F32:[2]:0:8                 | 7 | x.safetensors: tensor 'x' ends at byte 8 of the data; the file has only 7: truncated, copy it again",
                "x:F32:[2]:0:8                 | 9 | x.safetensors: 1 bytes follow the last tensor; expected none",
                "x:F32:[3]:0:8                 | 8 | x.safetensors: tensor 'x' has 8 bytes; its shape (3) of F32 asks for 12",
                "x:BF16:[2, 3]:0:8             | 8 | x.safetensors: tensor 'x' has 8 bytes; its shape (2, 3) of BF16 asks for 12",
                "x:F32:[-2]:0:8                | 8 | x.safetensors: tensor 'x' has the shape (-2); expected no negative size",
                "x:F32:[4294967296, 4294967296, 4]:0:8 | 8 | x.safetensors: tensor 'x' has 8 bytes; its shape (4294967296, 4294967296, 4) of F32 asks for 9223372036854775807",
                "x:F32:[2]:8:0                 | 8 | x.safetensors: tensor 'x' has data_offsets [8, 0]; expected begin and end",
                "x:F32:[2]:-8:0                | 8 | x.safetensors: tensor 'x' has data_offsets [-8, 0]; expected begin and end",
                "x:F32:[2]:4:12                | 12 | x.safetensors: tensor 'x' begins at byte 4 of the data; expected 0: tensors leave a hole",
                "x:F32:[1]:0:4 y:F32:[1]:2:6   | 6 | x.safetensors: tensor 'y' begins at byte 2 of the data; expected 4: tensors overlap",
                "x:F32:[1]:0:4 y:F32:[1]:8:12  | 12 | x.safetensors: tensor 'y' begins at byte 8 of the data; expected 4: tensors leave a hole",
                "x:F32:[2]:0:9223372036854775807 | 8 | x.safetensors: tensor 'x' has 9223372036854775807 bytes; its shape (2) of F32 asks for 8",
                "x:ODD:[2]:0:9223372036854775807 | 8 | x.safetensors: tensor 'x' ends at byte 9223372036854775807 of the data; the file has only 8: truncated, copy it again",
            })
    void namesTensorFoundAndExpectedWhenHeaderAndBytesDisagree(String tensors, int data, String message)
            throws IOException {
        String header = TENSOR.matcher(tensors)
                .replaceAll("\"$1\":{\"dtype\":\"$2\",\"shape\":$3,\"data_offsets\":[$4,$5]}")
                .replace("} ", "},");
        assertFails(write("{" + header + "}", new byte[data]), message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[]                | x.safetensors (header): is a JSON list; expected a JSON object",
                "{\"x\":           | x.safetensors (header): is not JSON; expected a JSON object",
                "{\"x\": 3}        | x.safetensors: tensor 'x' is described otherwise at $.x; expected dtype, shape and data_offsets",
                "{\"x\": null}     | x.safetensors: tensor 'x' is described otherwise at $.x; expected dtype, shape and data_offsets",
                "{\"x\": {\"dtype\":\"F32\",\"shape\":[1]}} | x.safetensors: tensor 'x' is described without data_offsets; expected dtype, shape and data_offsets",
                "{\"x\": {\"dtype\":\"F32\",\"shape\":[1.5],\"data_offsets\":[0,4]}} | x.safetensors: tensor 'x' is described otherwise at $.x.shape[0]; expected dtype, shape and data_offsets",
                "{\"x\": {\"dtype\":\"F32\",\"shape\":[1e999999999],\"data_offsets\":[0,4]}} | x.safetensors: tensor 'x' is described otherwise at $.x.shape[0]; expected dtype, shape and data_offsets",
                "{\"x\": {\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}, \"x\": {}} | x.safetensors: tensor 'x' is listed twice; expected every name once",
                "{} {}             | x.safetensors (header): is not JSON; expected a JSON object",
                "{\"x\": {\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0]}} | x.safetensors: tensor 'x' has data_offsets [0]; expected begin and end",
            })
    void saysSoWhenTheHeaderIsNoHeader(String header, String message) throws IOException {
        assertFails(write(header, new byte[4]), message);
    }

    @Test
    void saysSoWhenTheHeaderReachesBeyondTheFile() throws IOException {
        Path file = write(TWO_FLOATS, new byte[8]);
        byte[] all = Files.readAllBytes(file);
        for (long length : new long[] {all.length - 7, Integer.MAX_VALUE, Long.MAX_VALUE, -1}) {
            ByteBuffer.wrap(all).order(ByteOrder.LITTLE_ENDIAN).putLong(length);
            Files.write(file, all);
            assertFails(
                    file,
                    "x.safetensors: its first 8 bytes announce a header of %s bytes; the file has %d more: truncated, or no safetensors file"
                            .formatted(Long.toUnsignedString(length), all.length - 8));
        }
    }

    @Test
    void saysSoWheneverAFileIsCutShort() throws IOException {
        Path file = write(TWO_FLOATS, new byte[8]);
        byte[] all = Files.readAllBytes(file);
        for (int length = 0; length < all.length; length++) {
            Files.write(file, Arrays.copyOf(all, length));
            assertThatExceptionOfType(CheckpointException.class)
                    .isThrownBy(() -> SafetensorsFile.open(file))
                    .withMessageStartingWith("x.safetensors: ");
        }
    }

    @Test
    void saysSoWhenThereIsNoSuchFile() {
        assertFails(
                folder.resolve("y.safetensors"),
                folder.resolve("y.safetensors") + ": not found; expected a safetensors file");
    }

    @Test
    void refusesOtherNumberTypesOnlyWhenAskedForThem() throws IOException {
        Path file = write("{\"x\":{\"dtype\":\"I64\",\"shape\":[1],\"data_offsets\":[0,8]}}", new byte[8]);
        try (SafetensorsFile safetensors = SafetensorsFile.open(file)) {
            assertThat(safetensors.bytes("x").remaining()).isEqualTo(8);
            assertThatExceptionOfType(CheckpointException.class)
                    .isThrownBy(() -> safetensors.tensor("x"))
                    .withMessage("x.safetensors: tensor 'x' is of type I64; expected F32, F16 or BF16");
        }
    }

    @Test
    void namesTheTensorThatIsMissing() throws IOException {
        try (SafetensorsFile safetensors = SafetensorsFile.open(write(TWO_FLOATS, new byte[8]))) {
            assertThatExceptionOfType(CheckpointException.class)
                    .isThrownBy(() -> safetensors.bytes("y"))
                    .withMessage("x.safetensors: tensor 'y' is missing; the file has 1 others");
        }
    }

    @Test
    void mapsTensorsBeyondTwoGibibytes() throws IOException {
        Path file = folder.resolve("big.safetensors");
        byte[] header = ("{\"filler\":{\"dtype\":\"U8\",\"shape\":[%d],\"data_offsets\":[0,%d]},"
                        + "\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[%d,%d]}}")
                .formatted(BEYOND_INTEGERS, BEYOND_INTEGERS, BEYOND_INTEGERS, BEYOND_INTEGERS + 8)
                .getBytes(StandardCharsets.UTF_8);
        try (SeekableByteChannel channel = Files.newByteChannel(
                file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, StandardOpenOption.SPARSE)) {
            channel.write(length(header.length));
            channel.write(ByteBuffer.wrap(header));
            channel.position(channel.position() + BEYOND_INTEGERS);
            channel.write(StorageType.FLOAT32.encode(new float[] {3, 4}));
        }
        try (SafetensorsFile safetensors = SafetensorsFile.open(file)) {
            assertThat(safetensors.tensor("x").floats()).containsExactly(3, 4);
            assertThatExceptionOfType(CheckpointException.class)
                    .isThrownBy(() -> safetensors.bytes("filler"))
                    .withMessageContaining("'filler' has 2500000000 bytes; expected at most 2147483647");
        }
    }

    private Path write(String header, byte[] data) throws IOException {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        Path file = folder.resolve("x.safetensors");
        ByteBuffer all = ByteBuffer.allocate(Long.BYTES + json.length + data.length);
        all.put(length(json.length)).put(json).put(data);
        return Files.write(file, all.array());
    }

    private static ByteBuffer length(long length) {
        return ByteBuffer.allocate(Long.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(length)
                .flip();
    }

    private static byte[] bytes(int... values) {
        byte[] bytes = new byte[values.length];
        for (int at = 0; at < bytes.length; at++) {
            bytes[at] = (byte) values[at];
        }
        return bytes;
    }

    private static void assertFails(Path file, String message) {
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> SafetensorsFile.open(file))
                .withMessage("%s", message);
    }
}
