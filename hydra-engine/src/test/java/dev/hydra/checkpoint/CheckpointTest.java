package dev.hydra.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.google.gson.Gson;
import dev.hydra.Golden;
import dev.hydra.TinyLlama;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointTest {
    private static final TinyLlama TINY = TinyLlama.seeded(1);
    private static final String UP = "model.layers.1.mlp.up_proj.weight";

    @TempDir
    Path folder;

    static Stream<ModelConfig> configs() {
        return Stream.of(
                ModelConfig.llama(61, 32, 2, 4).build(),
                ModelConfig.llama(61, 32, 2, 4).keyValueHeads(2).headWidth(10).build(),
                ModelConfig.llama(61, 32, 1, 2).tiedEmbeddings(true).build(),
                ModelConfig.llama(61, 32, 1, 2)
                        .attentionBias(true)
                        .endTokens(List.of(3, 4))
                        .beginToken(1)
                        .build());
    }

    @ParameterizedTest
    @MethodSource("configs")
    void opensEveryShapeOfLlama(ModelConfig config) {
        try (Checkpoint checkpoint = Checkpoint.open(TINY.with(config).write(folder))) {
            assertThat(checkpoint.config()).isEqualTo(config);
            assertThat(checkpoint.names()).isEqualTo(config.tensorShapes().keySet());
            config.tensorShapes().forEach((name, shape) -> {
                long[] sizes = shape.stream().mapToLong(Long::longValue).toArray();
                assertThat(checkpoint.tensor(name, sizes).shape()).isEqualTo(shape);
            });
        }
    }

    @ParameterizedTest
    @EnumSource(StorageType.class)
    void readsEveryStorage(StorageType type) {
        float[] exact;
        try (Checkpoint checkpoint = Checkpoint.open(TINY.write(folder))) {
            exact = checkpoint.tensor(UP).floats();
        }
        try (Checkpoint checkpoint = Checkpoint.open(TINY.with(type).write(folder))) {
            StoredTensor tensor = checkpoint.tensor(UP);
            assertThat(tensor.type()).isEqualTo(type);
            assertThat(tensor.floats()).isEqualTo(type.decode(type.encode(exact)));
        }
    }

    @Test
    void opensTheGoldenBases() {
        for (String base : Golden.bases()) {
            try (Checkpoint checkpoint = Checkpoint.open(Golden.baseFolder(base))) {
                assertThat(checkpoint.config().endTokens()).as(base).containsExactly(2);
            }
        }
    }

    @Test
    void opensShards() throws IOException {
        Map<String, StoredTensor> tensors = tensors();
        Map<String, String> index = shard(tensors);
        writeIndex(index);
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            assertThat(checkpoint.names()).isEqualTo(tensors.keySet());
            tensors.forEach((name, tensor) ->
                    assertThat(checkpoint.tensor(name).floats()).as(name).isEqualTo(tensor.floats()));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama-bf16", "llama1-mha"})
    void opensShardsOfTorchWithTheSameTensorsAsTheirSafetensors(String model) throws URISyntaxException {
        try (Checkpoint torch = Checkpoint.open(resource(model + ".bin-shards"));
                Checkpoint safetensors = Checkpoint.open(resource(model))) {
            assertThat(torch.names()).containsAll(safetensors.names());
            for (String name : safetensors.names()) {
                StoredTensor found = torch.tensor(name);
                StoredTensor expected = safetensors.tensor(name);
                assertThat(found.type()).as(name).isEqualTo(expected.type());
                assertThat(found.shape()).as(name).isEqualTo(expected.shape());
                assertThat(found.bytes()).as(name).isEqualTo(expected.bytes());
            }
        }
    }

    @Test
    void opensOneFileOfTorchUnlessSafetensorsLieBesideIt() throws IOException {
        Map<String, StoredTensor> tensors = tensors();
        TorchFileWriter writer = new TorchFileWriter();
        tensors.forEach((name, tensor) -> writer.add(name, tensor.type(), tensor.shape(), tensor.bytes()));
        writer.write(folder.resolve("pytorch_model.bin"));
        float[] up = tensors.get(UP).floats();
        Files.write(folder.resolve("model.safetensors"), new byte[8]);
        assertFails("model.safetensors (header): is not JSON; expected a JSON object");
        Files.delete(folder.resolve("model.safetensors"));
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            assertThat(checkpoint.tensor(UP).floats()).isEqualTo(up);
        }
    }

    @Test
    void namesTheShardThatIsAbsent() throws IOException {
        writeIndex(shard(tensors()));
        Files.delete(folder.resolve("model-2.safetensors"));
        assertFails(
                "model-2.safetensors: not found; model.safetensors.index.json says that tensor 'lm_head.weight' is in it");
    }

    @Test
    void namesTheTensorThatItsShardDoesNotHold() throws IOException {
        Map<String, String> index = shard(tensors());
        index.put(UP, index.get(UP).equals("model-1.safetensors") ? "model-2.safetensors" : "model-1.safetensors");
        writeIndex(index);
        assertFails(
                index.get(UP) + ": tensor '" + UP + "' is missing; model.safetensors.index.json says that it is here");
    }

    @Test
    void namesTheTensorThatTheIndexDoesNotListAndTheModelDoesNotHave() throws IOException {
        Map<String, StoredTensor> tensors = tensors();
        tensors.put("model.extra", tensors.get(UP));
        Map<String, String> index = shard(tensors);
        String shard = index.remove("model.extra");
        writeIndex(index);
        assertFails(shard + ": tensor 'model.extra' has no place in the model; expected 21 tensors in all");
    }

    @Test
    void refusesIndexThatLeadsOutOfTheFolder() throws IOException {
        Map<String, String> index = shard(tensors());
        index.put(UP, "../model-1.safetensors");
        writeIndex(index);
        assertFails("model.safetensors.index.json: tensor '" + UP
                + "' is in '../model-1.safetensors'; expected a .safetensors file of the same folder");
    }

    @Test
    void refusesIndexWithoutMap() throws IOException {
        TINY.config().write(folder);
        Files.writeString(folder.resolve("model.safetensors.index.json"), "{\"metadata\": {}}");
        assertFails("model.safetensors.index.json: has no 'weight_map'; expected the shard of every tensor");
    }

    @Test
    void namesTheTensorThatIsMissing() throws IOException {
        Map<String, StoredTensor> tensors = tensors();
        tensors.remove(UP);
        write(tensors, "model.safetensors");
        assertFails("model.safetensors: tensor '" + UP + "' is missing; expected 21 tensors in all");
        tensors.remove("model.norm.weight");
        write(tensors, "model.safetensors");
        assertFails("model.safetensors: tensor '" + UP + "' is missing (and 1 more); expected 21 tensors in all");
    }

    @Test
    void namesTheTensorThatIsExtra() throws IOException {
        Map<String, StoredTensor> tensors = tensors();
        tensors.put("model.layers.2.mlp.up_proj.weight", tensors.get(UP));
        write(tensors, "model.safetensors");
        assertFails("model.safetensors: tensor 'model.layers.2.mlp.up_proj.weight' has no place in the model;"
                + " expected 21 tensors in all");
    }

    @Test
    void reportsBothShapesWhenTensorDisagrees() throws IOException {
        Map<String, StoredTensor> tensors = tensors();
        tensors.put(UP, tensors.get("model.layers.1.mlp.down_proj.weight"));
        write(tensors, "model.safetensors");
        assertFails("model.safetensors: tensor '" + UP + "' is (32, 48); config.json asks for (48, 32)");
    }

    @Test
    void reportsBothShapesWhenAnotherIsAskedFor() {
        try (Checkpoint checkpoint = Checkpoint.open(TINY.write(folder))) {
            assertThatExceptionOfType(CheckpointException.class)
                    .isThrownBy(() -> checkpoint.tensor(UP, 48, 33))
                    .withMessage("model.safetensors: tensor '%s' is (48, 32); config.json asks for (48, 33)", UP);
            assertThatExceptionOfType(CheckpointException.class)
                    .isThrownBy(() -> checkpoint.tensor("model.none"))
                    .withMessage("model.safetensors: tensor 'model.none' is missing; there are 21 others");
            assertThatExceptionOfType(CheckpointException.class)
                    .isThrownBy(() -> checkpoint.requireExactly(Set.of(UP), Set.of()))
                    .withMessageContaining("has no place in the model");
        }
    }

    @Test
    void saysSoWhenTheFileIsTruncated() throws IOException {
        TINY.write(folder);
        try (FileChannel channel = FileChannel.open(folder.resolve("model.safetensors"), StandardOpenOption.WRITE)) {
            channel.truncate(channel.size() - 1);
        }
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> Checkpoint.open(folder))
                .withMessageMatching("model\\.safetensors: tensor '.+' ends at byte \\d+ of the data; "
                        + "the file has only \\d+: truncated, copy it again");
    }

    @Test
    void ignoresRotaryTablesAndTheCopyOfTiedEmbeddings() throws IOException {
        ModelConfig tied = ModelConfig.llama(61, 32, 2, 4).tiedEmbeddings(true).build();
        Map<String, StoredTensor> tensors = tensors(TINY.with(tied));
        StoredTensor norm = tensors.get("model.norm.weight");
        tensors.put("model.layers.0.self_attn.rotary_emb.inv_freq", norm);
        tensors.put("lm_head.weight", norm);
        write(tensors, "model.safetensors");
        Checkpoint.open(folder).close();
    }

    @Test
    void saysWhatIsMissingInAFolder() throws IOException {
        assertFails(folder + ": no config.json in this folder; expected a Hugging Face folder");
        TINY.config().write(folder);
        assertFails(
                folder
                        + ": no weights in this folder; expected model.safetensors, or model.safetensors.index.json with its shards; or pytorch_model.bin, or pytorch_model.bin.index.json with its shards");
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> Checkpoint.open(folder.resolve("nowhere")))
                .withMessage("%s: no such folder; expected a Hugging Face folder", folder.resolve("nowhere"));
    }

    @Test
    void refusesMoreLayersThanTensors() throws IOException {
        TINY.write(folder);
        String config = Files.readString(folder.resolve("config.json"));
        Files.writeString(
                folder.resolve("config.json"),
                config.replace("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 2147483647"));
        assertFails("config.json: num_hidden_layers is 2147483647; the files have only 21 tensors");
    }

    @ParameterizedTest
    @ValueSource(strings = {"1e999999999", "-1e999999999", "1e9999", "0.5"})
    void refusesNumbersThatAreNoSizes(String number) throws IOException {
        TINY.write(folder);
        String config = Files.readString(folder.resolve("config.json"));
        Files.writeString(
                folder.resolve("config.json"), config.replace("\"hidden_size\": 32", "\"hidden_size\": " + number));
        assertFails("config.json: hidden_size is " + number + "; expected a whole number");
    }

    private static Path resource(String name) throws URISyntaxException {
        return Path.of(CheckpointTest.class.getResource(name).toURI());
    }

    private Map<String, StoredTensor> tensors() {
        return tensors(TINY);
    }

    private Map<String, StoredTensor> tensors(TinyLlama llama) {
        try (Checkpoint checkpoint = Checkpoint.open(llama.write(folder))) {
            return Kept.all(checkpoint.names(), checkpoint::tensor);
        }
    }

    private void write(Map<String, StoredTensor> tensors, String file) throws IOException {
        SafetensorsWriter writer = new SafetensorsWriter();
        tensors.forEach((name, tensor) -> writer.add(name, tensor.type(), tensor.shape(), tensor::bytes));
        writer.write(folder.resolve(file));
    }

    private Map<String, String> shard(Map<String, StoredTensor> tensors) throws IOException {
        Files.delete(folder.resolve("model.safetensors"));
        Map<String, String> index = new LinkedHashMap<>();
        Map<String, Map<String, StoredTensor>> shards = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> {
            String file = "model-%d.safetensors".formatted(1 + (index.size() + 1) % 2);
            shards.computeIfAbsent(file, ignored -> new LinkedHashMap<>()).put(name, tensor);
            index.put(name, file);
        });
        for (Map.Entry<String, Map<String, StoredTensor>> shard : shards.entrySet()) {
            write(shard.getValue(), shard.getKey());
        }
        return index;
    }

    private void writeIndex(Map<String, String> index) throws IOException {
        Files.writeString(
                folder.resolve("model.safetensors.index.json"),
                new Gson().toJson(Map.of("metadata", Map.of(), "weight_map", index)));
    }

    private void assertFails(String message) {
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> Checkpoint.open(folder))
                .withMessage("%s", message);
    }
}
