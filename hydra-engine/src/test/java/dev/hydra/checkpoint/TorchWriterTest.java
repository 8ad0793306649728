package dev.hydra.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.hydra.Golden;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TorchWriterTest {
    private static final float[] NUMBERS = {1, -2, 0.5f, 4, 5, 6};

    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource(StorageType.class)
    void writesWhatTheReaderReads(StorageType type) throws IOException {
        Path file = folder.resolve("heads.pt");
        new TorchWriter()
                .add("a", type, List.of(2L, 3L), () -> type.encode(NUMBERS))
                .addAlias("b", "a")
                .add("one", type, List.of(), () -> type.encode(new float[] {7}))
                .add("none", type, List.of(0L, 5L), () -> ByteBuffer.allocate(0))
                .write(file);
        try (TorchFile torch = TorchFile.open(file)) {
            assertThat(torch.tensors().keySet()).containsExactlyInAnyOrder("a", "b", "one", "none");
            assertThat(torch.tensor("a").type()).isEqualTo(type);
            assertThat(torch.tensor("a").floats()).isEqualTo(NUMBERS);
            assertThat(torch.info("b").isAliasOf(torch.info("a"))).isTrue();
            assertThat(torch.tensor("one").floats()).containsExactly(7);
        }
        assertThat(folder).isDirectoryNotContaining("glob:**.part");
    }

    /** Entries, their order and the instructions of the pickle are those of a file that PyTorch wrote; the memo is not used. */
    @Test
    void laysFilesOutAsPyTorchDoes() throws IOException {
        Path golden = Golden.headsFolder("base-a-hydrapp").resolve("hydra_lm_head.pt");
        Path file = folder.resolve("hydra_lm_head.pt");
        TorchWriter writer = new TorchWriter();
        try (TorchFile torch = TorchFile.open(golden)) {
            for (String name : torch.tensors().keySet()) {
                StoredTensor tensor = torch.tensor(name);
                writer.add(name, tensor.type(), tensor.shape(), tensor::bytes);
            }
            writer.write(file);
            try (TorchFile written = TorchFile.open(file);
                    ZipFile zip = new ZipFile(file.toFile())) {
                for (String name : torch.tensors().keySet()) {
                    assertThat(written.tensor(name)).as(name).isEqualTo(torch.tensor(name));
                    assertThat(written.info(name).offset() % 64).as(name).isZero();
                }
                assertThat(zip.stream().map(ZipEntry::getName))
                        .startsWith("hydra_lm_head/data.pkl", "hydra_lm_head/byteorder", "hydra_lm_head/data/0")
                        .endsWith("hydra_lm_head/version");
                for (ZipEntry entry : zip.stream().toList()) {
                    // compares the checksum on the way
                    assertThat(zip.getInputStream(entry).readAllBytes()).hasSize((int) entry.getSize());
                }
            }
        }
    }

    @Test
    void leavesNothingBehindWhenBytesAreMissing() {
        TorchWriter writer = new TorchWriter()
                .add("a", StorageType.FLOAT32, List.of(2L), () -> StorageType.FLOAT32.encode(new float[] {1}));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> writer.write(folder.resolve("x.pt")))
                .withMessage("tensor 'a' came with 4 bytes; its shape (2) of F32 asks for 8");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void refusesNamesThatAreTakenOrMissing() {
        TorchWriter writer = new TorchWriter().add("a", StorageType.FLOAT32, List.of(0L), () -> ByteBuffer.allocate(0));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> writer.addAlias("a", "a"))
                .withMessage("tensor 'a' is added twice; expected every name once");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> writer.addAlias("b", "c"))
                .withMessage("tensor 'b' is to share the numbers of 'c', which is not added yet");
        assertThat(Files.exists(folder.resolve("x.pt"))).isFalse();
    }
}
