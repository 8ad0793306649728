package dev.hydra.training.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import dev.hydra.checkpoint.HeadsKind;
import dev.hydra.training.TinyModel;
import dev.hydra.tree.TreeShape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GrowTreeCommandTest {

    @TempDir
    private Path folder;

    private final Shell shell = new Shell();

    @Test
    void writesTheTreeAndPrintsWhatSpeaksForIt() throws IOException {
        TinyModel tiny = TinyModel.write(folder);
        Path heads = tiny.heads(HeadsKind.HYDRA, "heads");
        Path prompts = Files.writeString(folder.resolve("prompts.txt"), "the fox\na boat\n");
        assertThat(shell.run(
                        "grow-tree",
                        "--model=" + tiny.folder(),
                        "--heads=" + heads,
                        "--prompts=" + prompts,
                        "--nodes=3",
                        "--maximum-tokens=16",
                        "--rounds=1",
                        "--device=cpu",
                        "--json"))
                .as(shell.people())
                .isZero();
        TreeShape tree = TreeShape.parse(Files.readString(heads.resolve("tree.json")));
        assertThat(tree.size()).isEqualTo(3);
        assertThat(TreeShape.parse(shell.results())).isEqualTo(tree);
        assertThat(JsonParser.parseString(shell.results()).getAsJsonObject().get("kind"))
                .hasToString("\"hydra\"");
        assertThat(shell.people()).contains("tree.png");
    }
}
