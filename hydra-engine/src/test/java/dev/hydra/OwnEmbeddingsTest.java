package dev.hydra;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.hydra.checkpoint.Checkpoint;
import dev.hydra.checkpoint.HeadsCheckpoint;
import dev.hydra.checkpoint.SafetensorsWriter;
import dev.hydra.checkpoint.StorageType;
import dev.hydra.checkpoint.StoredTensor;
import dev.hydra.schedule.GenerationRequest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The embedding table that comes with heads is ignored, or takes the place of the base model's, as in the authors' code. */
class OwnEmbeddingsTest {
    private static final GenerationRequest REQUEST =
            GenerationRequest.of(List.of(4, 8, 15, 16, 23)).withMaximumTokens(30);

    @TempDir
    Path folder;

    @Test
    void ignoresTheTableOfTheHeadsUnlessItIsAskedFor() throws IOException, InterruptedException {
        Path base = TinyModel.writeBase(folder.resolve("base"), 5);
        Path heads = TinyModel.writeHeads(folder.resolve("heads"), 3);
        List<Integer> plain = tokens(HydraOptions.builder(base));
        // a base whose table is another one, and heads that come with that one
        Path other = TinyModel.writeBase(folder.resolve("other"), 5);
        StorageType type = StorageType.FLOAT32;
        float[] numbers;
        try (Checkpoint checkpoint = Checkpoint.open(base)) {
            StoredTensor table = checkpoint.tensor("model.embed_tokens.weight");
            numbers = table.floats();
            for (int at = 0; at < numbers.length; at++) {
                numbers[at] = -0.5f * numbers[at];
            }
            SafetensorsWriter writer = new SafetensorsWriter();
            for (String name : checkpoint.names()) {
                StoredTensor tensor = checkpoint.tensor(name);
                writer.add(
                        name,
                        type,
                        tensor.shape(),
                        () -> name.equals(table.name()) ? type.encode(numbers) : tensor.bytes());
            }
            writer.write(other.resolve(Checkpoint.FILE));
            SafetensorsWriter withTable = new SafetensorsWriter();
            try (HeadsCheckpoint set = HeadsCheckpoint.open(heads)) {
                for (String name : set.names()) {
                    StoredTensor tensor = set.tensor(name);
                    withTable.add(name, type, tensor.shape(), tensor::bytes);
                }
                withTable.add("input_embed_fn.weight", type, table.shape(), () -> type.encode(numbers));
                withTable.write(heads.resolve(HeadsCheckpoint.FILE));
            }
        }
        List<Integer> replaced = tokens(HydraOptions.builder(other));
        assertThat(replaced).isNotEqualTo(plain);
        assertThat(tokens(HydraOptions.builder(base).heads(heads))).isEqualTo(plain);
        assertThat(tokens(HydraOptions.builder(base).heads(heads).ownEmbeddings(true)))
                .isEqualTo(replaced);
    }

    @Test
    void saysSoWhenTheHeadsHaveNoTable() {
        Path base = TinyModel.writeBase(folder.resolve("base"), 5);
        Path heads = TinyModel.writeHeads(folder.resolve("heads"), 3);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Hydra.open(HydraOptions.builder(base)
                        .heads(heads)
                        .ownEmbeddings(true)
                        .build()))
                .withMessageStartingWith("the heads' own embeddings are asked for; 0 of 1 sets of heads have any");
    }

    private static List<Integer> tokens(HydraOptions.Builder options) throws InterruptedException {
        try (Hydra hydra = Hydra.open(options.build())) {
            return hydra.generate(REQUEST).await().tokens();
        }
    }
}
