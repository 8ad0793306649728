package dev.hydra.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsWriterTest {
    @TempDir
    Path folder;

    @Test
    void writesWhatTheReaderReads() throws IOException {
        Path file = folder.resolve("x.safetensors");
        new SafetensorsWriter()
                .add(
                        "brain",
                        StorageType.BFLOAT16,
                        List.of(3L),
                        () -> StorageType.BFLOAT16.encode(new float[] {1, 2, 3}))
                .add("half", StorageType.FLOAT16, List.of(), () -> StorageType.FLOAT16.encode(new float[] {0.5f}))
                .add(
                        "single",
                        StorageType.FLOAT32,
                        List.of(1L, 2L),
                        () -> StorageType.FLOAT32.encode(new float[] {4, 5}))
                .write(file);
        try (SafetensorsFile safetensors = SafetensorsFile.open(file)) {
            assertThat(safetensors.tensors()).hasSize(3);
            assertThat(safetensors.tensor("brain").floats()).containsExactly(1, 2, 3);
            assertThat(safetensors.tensor("half").floats()).containsExactly(0.5f);
            assertThat(safetensors.tensor("single").floats()).containsExactly(4, 5);
            assertThat(safetensors.tensor("single").shape()).containsExactly(1L, 2L);
            for (TensorInfo info : safetensors.tensors().values()) {
                assertThat(info.offset()
                                % safetensors.tensor(info.name()).type().bytes())
                        .as(info.name())
                        .isZero();
            }
        }
    }

    @Test
    void marksTheFileForPytorchAndPadsItsHeader() throws IOException {
        Path file = folder.resolve("x.safetensors");
        new SafetensorsWriter()
                .add("x", StorageType.FLOAT32, List.of(), () -> StorageType.FLOAT32.encode(new float[1]))
                .write(file);
        ByteBuffer all = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        long length = all.getLong();
        assertThat(length % 8).isZero();
        assertThat(new String(all.array(), 8, (int) length, StandardCharsets.UTF_8).strip())
                .isEqualTo("{\"__metadata__\":{\"format\":\"pt\"},"
                        + "\"x\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4]}}");
    }

    @Test
    void asksForOneTensorAtATimeAndLeavesBuffersAlone() throws IOException {
        List<String> asked = new ArrayList<>();
        ByteBuffer shared = StorageType.FLOAT32.encode(new float[] {7});
        SafetensorsWriter writer = new SafetensorsWriter();
        for (String name : List.of("a", "b")) {
            writer.add(name, StorageType.FLOAT32, List.of(1L), () -> {
                asked.add(name);
                return shared;
            });
        }
        assertThat(asked).isEmpty();
        writer.write(folder.resolve("x.safetensors"));
        assertThat(asked).containsExactly("a", "b");
        assertThat(shared.remaining()).isEqualTo(4);
    }

    @Test
    void leavesTheOldFileWhenATensorFails() throws IOException {
        Path file = Files.writeString(folder.resolve("x.safetensors"), "old");
        SafetensorsWriter writer = new SafetensorsWriter()
                .add("good", StorageType.FLOAT32, List.of(1L), () -> StorageType.FLOAT32.encode(new float[1]))
                .add("bad", StorageType.FLOAT32, List.of(2L), () -> {
                    throw new IllegalStateException("no bytes today");
                });
        assertThatExceptionOfType(IllegalStateException.class)
                .isThrownBy(() -> writer.write(file))
                .withMessage("no bytes today");
        assertThat(Files.readString(file)).isEqualTo("old");
        try (var files = Files.list(folder)) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void refusesBytesThatDoNotFillTheShape() {
        SafetensorsWriter writer =
                new SafetensorsWriter().add("x", StorageType.BFLOAT16, List.of(2L, 2L), () -> ByteBuffer.allocate(6));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> writer.write(folder.resolve("x.safetensors")))
                .withMessage("tensor 'x' came with 6 bytes; its shape (2, 2) of BF16 asks for 8");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void refusesANameTwice() {
        SafetensorsWriter writer =
                new SafetensorsWriter().add("x", StorageType.FLOAT32, List.of(), () -> ByteBuffer.allocate(4));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> writer.add("x", StorageType.FLOAT32, List.of(), () -> ByteBuffer.allocate(4)))
                .withMessage("tensor 'x' is added twice; expected every name once");
    }
}
