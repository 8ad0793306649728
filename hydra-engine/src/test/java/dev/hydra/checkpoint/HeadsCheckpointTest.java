package dev.hydra.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.hydra.Golden;
import dev.hydra.TinyHeads;
import dev.hydra.TinyLlama;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class HeadsCheckpointTest {
    private static final ModelConfig BASE = TinyLlama.seeded(1).config();
    private static final String SHARED = "hydra_mlp.1.1.linear.weight";

    @TempDir
    Path folder;

    static List<String> heads() {
        return Golden.heads();
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "4, 1", "3, 2", "2, 4"})
    void readsWhatTinyHeadsWrites(int heads, int layers) {
        TinyHeads tiny = TinyHeads.seeded(5, BASE, heads, layers);
        try (HeadsCheckpoint checkpoint = HeadsCheckpoint.open(tiny.write(folder))) {
            assertThat(checkpoint.config()).isEqualTo(tiny.config());
            assertThat(checkpoint.width()).isEqualTo(32);
            assertThat(checkpoint.vocabulary()).isEqualTo(61);
            checkpoint.requireFits(BASE);
            assertThat(checkpoint.tensor("hydra_mlp.0.0.linear.weight").floats())
                    .hasSize(32 * 64);
            assertThat(checkpoint.names())
                    .isEqualTo(tiny.config().tensorShapes(BASE).keySet());
        }
    }

    @ParameterizedTest
    @MethodSource("heads")
    void opensGoldenHeads(String name) {
        HeadsConfig config = HeadsConfig.read(Golden.headsFolder(name));
        try (HeadsCheckpoint checkpoint = HeadsCheckpoint.open(Golden.headsFolder(name))) {
            assertThat(checkpoint.config()).isEqualTo(config);
            String base = Path.of(config.baseModel()).getFileName().toString();
            checkpoint.requireFits(ModelConfig.read(Golden.baseFolder(base)));
        }
    }

    @ParameterizedTest
    @EnumSource(HeadsKind.class)
    void opensEveryKind(HeadsKind kind) {
        HeadsConfig config = new HeadsConfig(kind, 3, 3, "tiny");
        TinyHeads tiny = TinyHeads.seeded(5, BASE, config);
        try (HeadsCheckpoint checkpoint = HeadsCheckpoint.open(tiny.write(folder))) {
            assertThat(checkpoint.config()).isEqualTo(config);
            checkpoint.requireFits(BASE);
            HeadTensors head = checkpoint.head(2);
            assertThat(head.activated()).hasSize(2);
            assertThat(head.residual()).hasSize(kind.grounded() ? 2 : 0);
            assertThat(head.later()).hasSize(kind.grounded() ? 2 : 0);
            assertThat(head.scores()).hasSize(2);
            assertThat(checkpoint.embeddings()).isEmpty();
        }
    }

    @Test
    void demandsAPrefixLayerOfTheBasesMeasures() {
        TinyHeads tiny = TinyHeads.seeded(5, BASE, new HeadsConfig(HeadsKind.HYDRA_PLUS_PLUS, 1, 1, "tiny"));
        try (HeadsCheckpoint checkpoint = HeadsCheckpoint.open(tiny.write(folder))) {
            ModelConfig other = ModelConfig.llama(61, 32, 2, 4)
                    .keyValueHeads(2)
                    .intermediate(56)
                    .build();
            assertThatExceptionOfType(CheckpointException.class)
                    .isThrownBy(() -> checkpoint.requireFits(other))
                    .withMessageContaining("mlp.gate_proj.weight' is (")
                    .withMessageEndingWith("the base model asks for (56, 32)");
        }
    }

    @Test
    void acceptsRepetitionsOfTheSharedBlock() throws IOException {
        Map<String, StoredTensor> tensors = tensors(2, 4);
        repeat(tensors, 2);
        repeat(tensors, 3);
        write(tensors);
        try (HeadsCheckpoint checkpoint = HeadsCheckpoint.open(folder)) {
            assertThat(checkpoint.config().layers()).isEqualTo(4);
        }
    }

    @Test
    void countsBlocksInTheFileWhenTheConfigurationIsWrong() throws IOException {
        Map<String, StoredTensor> tensors = tensors(2, 2);
        repeat(tensors, 2);
        write(tensors);
        new HeadsConfig(HeadsKind.HYDRA, 5, 1, "tiny").write(folder);
        try (HeadsCheckpoint checkpoint = HeadsCheckpoint.open(folder)) {
            assertThat(checkpoint.config().heads()).isEqualTo(2);
            assertThat(checkpoint.config().layers()).isEqualTo(3);
        }
    }

    @Test
    void refusesRepetitionsThatDiffer() throws IOException {
        Map<String, StoredTensor> tensors = tensors(2, 3);
        repeat(tensors, 2);
        StoredTensor shared = tensors.get(SHARED);
        float[] other = shared.floats();
        other[7] += 1;
        tensors.put(
                "hydra_mlp.1.2.linear.weight",
                new StoredTensor(
                        "other", shared.type(), shared.shape(), shared.type().encode(other)));
        write(tensors);
        assertFails("hydra_lm_head.safetensors: tensor 'hydra_mlp.1.2.linear.weight' differs from '" + SHARED
                + "'; expected a copy: these blocks share their weights");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "hydra_mlp.0.0.linear.weight",
                "hydra_mlp.1.0.res_connection.bias",
                SHARED,
                "hydra_lm_head.0.weight",
                "hydra_lm_head.1.bias"
            })
    void namesTheTensorThatIsMissing(String name) throws IOException {
        Map<String, StoredTensor> tensors = tensors(2, 2);
        tensors.remove(name);
        write(tensors);
        assertFails("hydra_lm_head.safetensors: tensor '" + name + "' is missing; expected 16 tensors in all");
    }

    @Test
    void namesTheSharedBlockThatIsMissing() throws IOException {
        Map<String, StoredTensor> tensors = tensors(2, 1);
        write(tensors);
        new HeadsConfig(HeadsKind.HYDRA, 2, 4, "tiny").write(folder);
        assertFails("hydra_lm_head.safetensors: tensor 'hydra_mlp.0.1.linear.weight' is missing;"
                + " config.json asks for 4 blocks per head");
    }

    @Test
    void namesTheTensorThatIsExtra() throws IOException {
        Map<String, StoredTensor> tensors = tensors(2, 1);
        tensors.put("prefix_embeding_layer.norm.weight", tensors.get("hydra_lm_head.0.bias"));
        write(tensors);
        assertFails(
                "hydra_lm_head.safetensors: tensor 'prefix_embeding_layer.norm.weight' has no place in HYDRA heads");
    }

    @Test
    void reportsBothShapesWhenTensorDisagrees() throws IOException {
        Map<String, StoredTensor> tensors = tensors(2, 1);
        tensors.put("hydra_mlp.1.0.linear.weight", tensors.get("hydra_mlp.0.0.linear.weight"));
        write(tensors);
        assertFails("hydra_lm_head.safetensors: tensor 'hydra_mlp.1.0.linear.weight' is (32, 64);"
                + " hydra_lm_head.0.weight asks for (32, 96)");
        tensors = tensors(2, 1);
        tensors.put("hydra_lm_head.0.weight", tensors.get("hydra_lm_head.0.bias"));
        write(tensors);
        assertFails("hydra_lm_head.safetensors: tensor 'hydra_lm_head.0.weight' is (61);"
                + " expected a matrix (vocabulary, hidden size)");
    }

    @Test
    void ignoresTheCopyOfTheEmbeddingsButNotItsShape() throws IOException {
        Map<String, StoredTensor> tensors = tensors(2, 1);
        tensors.put("input_embed_fn.weight", tensors.get("hydra_lm_head.0.weight"));
        write(tensors);
        HeadsCheckpoint.open(folder).close();
        tensors.put("input_embed_fn.weight", tensors.get("hydra_lm_head.0.bias"));
        write(tensors);
        assertFails("hydra_lm_head.safetensors: tensor 'input_embed_fn.weight' is (61);"
                + " hydra_lm_head.0.weight asks for (61, 32)");
    }

    @Test
    void saysSoWhenHeadsDoNotFitTheBase() {
        try (HeadsCheckpoint checkpoint =
                HeadsCheckpoint.open(TinyHeads.seeded(5, BASE, 2, 1).write(folder))) {
            assertThatExceptionOfType(CheckpointException.class)
                    .isThrownBy(() -> checkpoint.requireFits(
                            ModelConfig.llama(61, 64, 2, 4).build()))
                    .withMessage("hydra_lm_head.safetensors: the heads read hidden rows of 32 numbers;"
                            + " the base model's hidden_size is 64: use heads trained for it");
            assertThatExceptionOfType(CheckpointException.class)
                    .isThrownBy(() -> checkpoint.requireFits(
                            ModelConfig.llama(62, 32, 2, 4).build()))
                    .withMessage("hydra_lm_head.safetensors: the heads score 61 token ids;"
                            + " the base model's vocab_size is 62: use heads trained for it");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"hydra_head_arch\": \"eagle-attn\"} | config.json: hydra_head_arch is \"eagle-attn\"; expected \"mlp\" or \"prefix-mlp\"",
                "{\"hydra_head_arch\": \"prefix-mlp\", \"grounded_heads\": false} | config.json: grounded_heads is false; expected true: heads with a prefix layer see the drafted tokens",
                "{\"hydra_num_heads\": 4, \"grounded_heads\": true, \"hidden_state_offset\": 1} | config.json: hidden_state_offset is 1; expected 0: only heads on the last hidden rows are supported",
                "{\"hydra_num_heads\": 0} | config.json: hydra_num_heads is 0; expected a whole number above 0",
                "{\"hydra_num_heads\": 1, \"hidden_state_offset\": -1} | config.json: hidden_state_offset is -1; expected a whole number, 0 or more",
                "{\"hydra_num_layers\": 2147483647} | config.json: hydra_num_layers is 2147483647; expected at most 256",
                "{\"model_type\": \"llama\"} | config.json: has no hydra_num_heads and no medusa_num_heads; expected a folder with draft heads, not a base model",
            })
    void namesTheKindsItSupports(String config, String message) throws IOException {
        Files.writeString(folder.resolve("config.json"), config);
        assertFails(message);
    }

    @Test
    void saysWhatIsMissingInAFolder() throws IOException {
        assertFails(folder + ": no config.json in this folder; expected a Hugging Face folder");
        new HeadsConfig(HeadsKind.HYDRA, 2, 1, "tiny").write(folder);
        assertFails(folder + ": no heads in this folder; expected one of [hydra_lm_head.safetensors, hydra_lm_head.pt,"
                + " medusa_lm_head.safetensors, medusa_lm_head.pt], or a base model with tensors medusa_head.…");
    }

    /** A file of torch.save holds what its twin holds, shared blocks included, and drafts need nothing else. */
    @ParameterizedTest
    @MethodSource("heads")
    void readsFilesOfTorchSaveAsTheirTwins(String name) throws IOException {
        Path golden = Golden.headsFolder(name);
        for (String file : List.of("config.json", "hydra_lm_head.pt")) {
            Files.copy(golden.resolve(file), folder.resolve(file));
        }
        try (HeadsCheckpoint torch = HeadsCheckpoint.open(folder);
                HeadsCheckpoint twin = HeadsCheckpoint.open(golden)) {
            assertThat(torch.config()).isEqualTo(twin.config());
            assertThat(torch.width()).isEqualTo(twin.width());
            assertThat(torch.vocabulary()).isEqualTo(twin.vocabulary());
            for (int head = 0; head < twin.config().heads(); head++) {
                assertThat(numbers(torch.head(head))).isDeepEqualTo(numbers(twin.head(head)));
            }
            assertThat(torch.embeddings().orElseThrow().floats())
                    .isEqualTo(twin.embeddings().orElseThrow().floats());
            if (twin.config().kind() == HeadsKind.HYDRA_PLUS_PLUS) {
                assertThat(torch.prefix("model.norm.weight").floats())
                        .isEqualTo(twin.prefix("model.norm.weight").floats());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"medusa_lm_head.safetensors", "medusa_lm_head.pt"})
    void readsMedusasOwnFilesAndCountsTheirHeads(String file) throws IOException {
        Map<String, StoredTensor> tensors = medusa("", 2, true);
        write(tensors, file);
        // as published: the configuration says 2 heads, the file has 3
        Files.writeString(folder.resolve("config.json"), "{\"medusa_num_heads\": 2, \"medusa_num_layers\": 1}");
        try (HeadsCheckpoint checkpoint = HeadsCheckpoint.open(folder)) {
            assertThat(checkpoint.config()).isEqualTo(new HeadsConfig(HeadsKind.MEDUSA, 3, 2, ""));
            assertThat(checkpoint.vocabulary()).isEqualTo(61);
            checkpoint.requireFits(BASE);
            HeadTensors head = checkpoint.head(1);
            assertThat(head.activated().get(0).floats())
                    .isEqualTo(tensors.get("1.0.linear.weight").floats());
            assertThat(head.residual()).isEmpty();
            assertThat(head.scores()).hasSize(1);
            assertThat(head.scores().get(0).floats())
                    .isEqualTo(tensors.get("1.2.weight").floats());
        }
    }

    @Test
    void readsMedusaHeadsWithoutScoresOfTheirOwn() throws IOException {
        write(medusa("", 1, false), "medusa_lm_head.safetensors");
        Files.writeString(
                folder.resolve("config.json"),
                "{\"version\": \"2\", \"medusa_num_heads\": 3, \"base_model_name_or_path\": \"tiny\"}");
        try (HeadsCheckpoint checkpoint = HeadsCheckpoint.open(folder)) {
            assertThat(checkpoint.config()).isEqualTo(new HeadsConfig(HeadsKind.MEDUSA, 3, 1, "tiny"));
            assertThat(checkpoint.vocabulary()).isZero();
            assertThat(checkpoint.head(2).scores()).isEmpty();
            checkpoint.requireFits(BASE);
        }
    }

    @Test
    void readsMedusaHeadsAmongTheBasesTensors() throws IOException {
        Path merged = TinyLlama.seeded(1).write(folder);
        Map<String, StoredTensor> tensors = medusa("medusa_head.", 1, true);
        try (Checkpoint base = Checkpoint.open(merged)) {
            tensors.putAll(Kept.all(base.names(), base::tensor));
        }
        write(tensors, Checkpoint.FILE);
        assertFails(
                "config.json: has no hydra_num_heads and no medusa_num_heads; expected a folder with draft heads, not a base model");
        String config = Files.readString(folder.resolve("config.json"));
        Files.writeString(
                folder.resolve("config.json"),
                config.replace("\"model_type\"", "\"medusa_num_heads\": 3, \"model_type\"")
                        .replace("LlamaForCausalLM", "MedusaModelLlama"));
        try (HeadsCheckpoint checkpoint = HeadsCheckpoint.open(folder);
                Checkpoint base = Checkpoint.open(folder)) {
            assertThat(checkpoint.config().heads()).isEqualTo(3);
            assertThat(checkpoint.names()).allMatch(name -> name.startsWith("medusa_head."));
            checkpoint.requireFits(base.config());
            assertThat(checkpoint.head(0).scores().get(0).shape()).containsExactly(61L, 32L);
        }
        tensors.remove("medusa_head.1.1.weight");
        write(tensors, Checkpoint.FILE);
        assertFails("model.safetensors: tensor 'medusa_head.1.1.weight' is missing; expected 9 tensors in all");
    }

    @Test
    void saysSoWhenABaseHasNoMedusaHeads() throws IOException {
        TinyLlama.seeded(1).write(folder);
        Path config = folder.resolve("config.json");
        Files.writeString(
                config, Files.readString(config).replace("\"model_type\"", "\"medusa_num_heads\": 3, \"model_type\""));
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> HeadsCheckpoint.open(folder))
                .withMessageContaining("the base model in this folder has no tensors medusa_head.…");
    }

    /** Three heads under Medusa's names. */
    private static Map<String, StoredTensor> medusa(String prefix, int layers, boolean scored) {
        Map<String, StoredTensor> tensors = new LinkedHashMap<>();
        for (int head = 0; head < 3; head++) {
            String name = prefix + head + ".";
            StoredTensor weight = random(head, 32, 32);
            StoredTensor bias = random(head + 10, 32);
            for (int layer = 0; layer < layers; layer++) {
                tensors.put(name + layer + ".linear.weight", weight);
                tensors.put(name + layer + ".linear.bias", bias);
            }
            if (scored) {
                tensors.put(name + layers + ".weight", random(head + 20, 61, 32));
            }
        }
        return tensors;
    }

    private static StoredTensor random(long seed, long... sizes) {
        List<Long> shape = TensorTable.shape(sizes);
        Random random = new Random(seed);
        float[] values = new float[Math.toIntExact(shape.stream().reduce(1L, Math::multiplyExact))];
        for (int at = 0; at < values.length; at++) {
            values[at] = (float) random.nextGaussian();
        }
        return new StoredTensor("random", StorageType.FLOAT32, shape, StorageType.FLOAT32.encode(values));
    }

    private static float[][] numbers(HeadTensors head) {
        return Stream.of(head.activated(), head.residual(), head.later(), head.scores())
                .flatMap(List::stream)
                .map(StoredTensor::floats)
                .toArray(float[][]::new);
    }

    private void write(Map<String, StoredTensor> tensors, String file) throws IOException {
        if (file.endsWith(".safetensors")) {
            SafetensorsWriter writer = new SafetensorsWriter();
            tensors.forEach((name, tensor) -> writer.add(name, tensor.type(), tensor.shape(), tensor::bytes));
            writer.write(folder.resolve(file));
        } else {
            TorchFileWriter writer = new TorchFileWriter();
            IdentityHashMap<StoredTensor, String> written = new IdentityHashMap<>();
            tensors.forEach((name, tensor) -> {
                String known = written.putIfAbsent(tensor, name);
                if (known == null) {
                    writer.add(name, tensor.type(), tensor.shape(), tensor.bytes());
                } else {
                    writer.addAlias(name, known);
                }
            });
            writer.write(folder.resolve(file));
        }
    }

    private Map<String, StoredTensor> tensors(int heads, int layers) {
        try (HeadsCheckpoint checkpoint =
                HeadsCheckpoint.open(TinyHeads.seeded(5, BASE, heads, layers).write(folder))) {
            return Kept.all(checkpoint.names(), checkpoint::tensor);
        }
    }

    private static void repeat(Map<String, StoredTensor> tensors, int slot) {
        for (int head = 0; head < 2; head++) {
            for (String part : List.of("weight", "bias")) {
                tensors.put(
                        "hydra_mlp.%d.%d.linear.%s".formatted(head, slot, part),
                        tensors.get("hydra_mlp.%d.1.linear.%s".formatted(head, part)));
            }
        }
    }

    private void write(Map<String, StoredTensor> tensors) throws IOException {
        write(tensors, HeadsCheckpoint.FILE);
    }

    private void assertFails(String message) {
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> HeadsCheckpoint.open(folder))
                .withMessage("%s", message);
    }
}
