package dev.hydra.training.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hydra.checkpoint.HeadsCheckpoint;
import dev.hydra.checkpoint.HeadsKind;
import dev.hydra.checkpoint.SafetensorsFile;
import dev.hydra.checkpoint.StorageType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ConvertCommandTest {
    private final Shell shell = new Shell();

    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource(HeadsKind.class)
    void givesTheSameFileBackFromTorch(HeadsKind kind) throws IOException {
        Path first = TinyFolders.heads(folder.resolve("first"), kind, TinyFolders.BASE);
        Path torch = folder.resolve("made").resolve("torch");
        Path back = folder.resolve("back");
        assertThat(shell.run("convert", first, torch, "--to", "torch"))
                .as(shell.people())
                .isZero();
        assertThat(torch.resolve("hydra_lm_head.pt")).exists();
        assertThat(shell.run("convert", torch, back)).as(shell.people()).isZero();
        for (String file : new String[] {"config.json", "tree.json"}) {
            assertThat(back.resolve(file)).hasSameBinaryContentAs(first.resolve(file));
        }
        try (SafetensorsFile one = SafetensorsFile.open(first.resolve(HeadsCheckpoint.FILE));
                SafetensorsFile other = SafetensorsFile.open(back.resolve(HeadsCheckpoint.FILE))) {
            assertThat(other.tensors().keySet()).isEqualTo(one.tensors().keySet());
            for (String name : one.tensors().keySet()) {
                assertThat(other.tensor(name)).as(name).isEqualTo(one.tensor(name));
            }
        }
        assertThat(shell.results()).contains("wrote config.json, hydra_lm_head.pt, tree.json to ");
    }

    @Test
    void roundsAndCompletesFromTheBaseModel() throws IOException {
        Path first = TinyFolders.heads(folder.resolve("first"), HeadsKind.HYDRA_PLUS_PLUS, TinyFolders.BASE);
        Path base = TinyFolders.base(folder.resolve("base"));
        Path out = Files.createDirectory(folder.resolve("out"));
        assertThat(shell.run("convert", first, out, "--to=torch", "--data-type=float16", "--base", base))
                .as(shell.people())
                .isZero();
        try (HeadsCheckpoint heads = HeadsCheckpoint.open(out)) {
            assertThat(heads.embeddings())
                    .get()
                    .extracting(table -> table.type())
                    .isEqualTo(StorageType.FLOAT16);
            assertThat(heads.names())
                    .contains("prefix_embeding_layer.embed_tokens.weight")
                    .allMatch(name -> heads.info(name).type().equals("F16"));
        }
    }

    @Test
    void replacesHeadsOnlyWhenForced() throws IOException {
        Path first = TinyFolders.heads(folder.resolve("first"), HeadsKind.HYDRA, TinyFolders.BASE);
        Path out = TinyFolders.heads(folder.resolve("out"), HeadsKind.MEDUSA, TinyFolders.BASE);
        Files.writeString(out.resolve("notes.txt"), "mine");
        assertThat(shell.run("convert", first, out, "--to", "torch")).isEqualTo(1);
        assertThat(shell.people()).contains("is not empty; expected a new or empty folder");
        assertThat(shell.run("convert", first, out, "--to", "torch", "--force")).isZero();
        assertThat(out.resolve("notes.txt")).hasContent("mine");
        assertThat(out.resolve("hydra_lm_head.safetensors")).doesNotExist();
        try (HeadsCheckpoint heads = HeadsCheckpoint.open(out)) {
            assertThat(heads.config().kind()).isEqualTo(HeadsKind.HYDRA);
        }
        assertThat(folder).isDirectoryNotContaining("glob:**.part*");
    }

    @Test
    void leavesNothingBehindWhenItFails() throws IOException {
        Path first = TinyFolders.heads(folder.resolve("first"), HeadsKind.HYDRA, TinyFolders.BASE);
        assertThat(shell.run("convert", first, folder.resolve("out"), "--names", "medusa"))
                .isEqualTo(1);
        assertThat(shell.people()).contains("cannot have Medusa's names");
        assertThat(shell.run("convert", first, first, "--force")).isEqualTo(1);
        assertThat(folder).isDirectoryNotContaining("glob:**out*");
        assertThat(first.resolve("hydra_lm_head.safetensors")).exists();
    }
}
