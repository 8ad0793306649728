package dev.hydra.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.hydra.Golden;
import dev.hydra.TinyHeads;
import dev.hydra.TinyLlama;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class HeadsWriterTest {
    private static final ModelConfig BASE =
            ModelConfig.llama(19, 8, 2, 2).keyValueHeads(1).build();

    @TempDir
    Path folder;

    static List<String> golden() {
        return Golden.heads();
    }

    static List<Arguments> kindsAndTypes() {
        List<Arguments> all = new ArrayList<>();
        for (HeadsKind kind : HeadsKind.values()) {
            for (StorageType type : StorageType.values()) {
                all.add(Arguments.of(kind, type));
            }
        }
        return all;
    }

    /** What the authors' own code wrote comes back with every name, every number and every sharing. */
    @ParameterizedTest
    @MethodSource("golden")
    void givesTheAuthorsFileBackAfterSafetensors(String name) throws IOException {
        Path authors = Files.createDirectory(folder.resolve("authors"));
        Path golden = Golden.headsFolder(name);
        Files.copy(golden.resolve("config.json"), authors.resolve("config.json"));
        Files.copy(golden.resolve("hydra_lm_head.pt"), authors.resolve("hydra_lm_head.pt"));
        Path back = torch(safetensors(authors));
        try (TorchFile first = TorchFile.open(authors.resolve("hydra_lm_head.pt"));
                TorchFile last = TorchFile.open(back.resolve("hydra_lm_head.pt"))) {
            assertThat(last.tensors().keySet())
                    .containsExactlyInAnyOrderElementsOf(first.tensors().keySet());
            for (String tensor : first.tensors().keySet()) {
                assertThat(last.tensor(tensor)).as(tensor).isEqualTo(first.tensor(tensor));
            }
            for (String tensor : sharing(first).keySet()) {
                assertThat(last.info(tensor).isAliasOf(last.info(sharing(first).get(tensor))))
                        .as(tensor)
                        .isTrue();
            }
        }
        assertThat(HeadsConfig.read(back)).isEqualTo(HeadsConfig.read(authors));
    }

    @ParameterizedTest
    @MethodSource("kindsAndTypes")
    void keepsEveryBitOfEveryKindInEveryType(HeadsKind kind, StorageType type) throws IOException {
        Path first = TinyHeads.seeded(7, BASE, new HeadsConfig(kind, 3, 3, "tiny"))
                .with(type)
                .write(folder.resolve("first"));
        Path back = safetensors(torch(first));
        try (SafetensorsFile one = SafetensorsFile.open(first.resolve(HeadsCheckpoint.FILE));
                SafetensorsFile other = SafetensorsFile.open(back.resolve(HeadsCheckpoint.FILE))) {
            assertThat(other.tensors().keySet())
                    .containsExactlyInAnyOrderElementsOf(one.tensors().keySet());
            for (String tensor : one.tensors().keySet()) {
                assertThat(other.tensor(tensor)).as(tensor).isEqualTo(one.tensor(tensor));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(StorageType.class)
    void roundsToTheTypeThatWasAskedFor(StorageType type) throws IOException {
        Path first = TinyHeads.seeded(7, BASE, 2, 2).write(folder.resolve("first"));
        try (HeadsCheckpoint heads = HeadsCheckpoint.open(first)) {
            HeadsWriter.underAuthorsNames(heads).as(type).writeTorch(Files.createDirectory(folder.resolve("rounded")));
            try (HeadsCheckpoint rounded = HeadsCheckpoint.open(folder.resolve("rounded"))) {
                StoredTensor score = rounded.head(1).scores().get(0);
                assertThat(score.type()).isEqualTo(type);
                assertThat(score.bytes())
                        .isEqualTo(type.encode(heads.head(1).scores().get(0).floats()));
            }
        }
    }

    @Test
    void addsWhatTheAuthorsFilesHaveFromTheBaseModel() throws IOException {
        Path model = new TinyLlama(BASE, StorageType.FLOAT32, 3).write(folder.resolve("base"));
        Path first = TinyHeads.seeded(7, BASE, new HeadsConfig(HeadsKind.HYDRA_PLUS_PLUS, 2, 4, "tiny"))
                .write(folder.resolve("first"));
        Path out = Files.createDirectory(folder.resolve("out"));
        try (Checkpoint base = Checkpoint.open(model);
                HeadsCheckpoint heads = HeadsCheckpoint.open(first)) {
            HeadsWriter.underAuthorsNames(heads).completedBy(base).writeTorch(out);
            try (TorchFile torch = TorchFile.open(out.resolve("hydra_lm_head.pt"))) {
                assertThat(torch.tensors()).hasSize(13 + 2 * (2 * 2 + 3 * 2 + 2));
                assertThat(torch.tensor("input_embed_fn.weight").floats())
                        .isEqualTo(base.tensor("model.embed_tokens.weight").floats());
                assertThat(torch.info("prefix_embeding_layer.embed_tokens.weight")
                                .isAliasOf(torch.info("input_embed_fn.weight")))
                        .isTrue();
                assertThat(torch.tensor("prefix_embeding_layer.layers.0.self_attn.rotary_emb.inv_freq")
                                .floats())
                        .containsExactly(1f, 0.01f);
                assertThat(torch.info("hydra_mlp.1.7.linear.weight")
                                .isAliasOf(torch.info("hydra_mlp.1.3.linear.weight")))
                        .isTrue();
            }
            HeadsCheckpoint.open(out).close();
        }
    }

    @Test
    void goesFromMedusasNamesToTheAuthorsAndBack() throws IOException {
        Path authors = TinyHeads.seeded(7, BASE, new HeadsConfig(HeadsKind.MEDUSA, 2, 3, "tiny"))
                .write(folder.resolve("authors"));
        try (HeadsCheckpoint heads = HeadsCheckpoint.open(authors)) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> HeadsWriter.underMedusasNames(heads))
                    .withMessageContaining("is not zero; Medusa's names have no place for it");
        }
        Path medusa = Files.createDirectory(folder.resolve("medusa"));
        TorchWriter writer = new TorchWriter();
        try (HeadsCheckpoint heads = HeadsCheckpoint.open(authors)) {
            for (int head = 0; head < 2; head++) {
                HeadTensors tensors = heads.head(head);
                add(
                        writer,
                        "%d.0.linear.weight".formatted(head),
                        tensors.activated().get(0));
                add(
                        writer,
                        "%d.0.linear.bias".formatted(head),
                        tensors.activated().get(1));
                add(writer, "%d.1.weight".formatted(head), tensors.scores().get(0));
            }
            new HeadsConfig(HeadsKind.MEDUSA, 2, 1, "tiny").writeAsMedusa(medusa);
            writer.write(medusa.resolve("medusa_lm_head.pt"));
        }
        Path named = safetensors(medusa);
        Path back = Files.createDirectory(folder.resolve("back"));
        try (HeadsCheckpoint heads = HeadsCheckpoint.open(named)) {
            assertThat(heads.underAuthorsNames()).isTrue();
            assertThat(heads.head(1).scores().get(1).floats()).containsOnly(0);
            HeadsWriter.underMedusasNames(heads).writeTorch(back);
        }
        try (TorchFile one = TorchFile.open(medusa.resolve("medusa_lm_head.pt"));
                TorchFile other = TorchFile.open(back.resolve("medusa_lm_head.pt"))) {
            assertThat(other.tensors().keySet())
                    .containsExactlyInAnyOrderElementsOf(one.tensors().keySet());
            for (String tensor : one.tensors().keySet()) {
                assertThat(other.tensor(tensor)).as(tensor).isEqualTo(one.tensor(tensor));
            }
        }
    }

    private static void add(TorchWriter writer, String name, StoredTensor tensor) {
        writer.add(name, tensor.type(), tensor.shape(), tensor::bytes);
    }

    /** Names of tensors that share their numbers, with the first of those names. */
    private static Map<String, String> sharing(TorchFile file) {
        Map<Long, String> first = new TreeMap<>();
        Map<String, String> sharing = new TreeMap<>();
        file.tensors().forEach((name, info) -> {
            String other = first.putIfAbsent(info.offset(), name);
            if (other != null) {
                sharing.put(name, other);
            }
        });
        return sharing;
    }

    private Path safetensors(Path from) throws IOException {
        Path to = Files.createDirectory(folder.resolve(from.getFileName() + "-safetensors"));
        try (HeadsCheckpoint heads = HeadsCheckpoint.open(from)) {
            HeadsWriter.underAuthorsNames(heads).writeSafetensors(to);
        }
        return to;
    }

    private Path torch(Path from) throws IOException {
        Path to = Files.createDirectory(folder.resolve(from.getFileName() + "-torch"));
        try (HeadsCheckpoint heads = HeadsCheckpoint.open(from)) {
            HeadsWriter.underAuthorsNames(heads).writeTorch(to);
        }
        return to;
    }
}
