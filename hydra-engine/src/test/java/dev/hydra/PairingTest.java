package dev.hydra;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.hydra.checkpoint.CheckpointException;
import dev.hydra.checkpoint.HeadsCheckpoint;
import dev.hydra.checkpoint.HeadsConfig;
import dev.hydra.checkpoint.HeadsKind;
import dev.hydra.checkpoint.ModelConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PairingTest {
    private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";
    private static final ModelConfig BASE = ModelConfig.llama(19, 8, 1, 2).build();

    @TempDir
    Path folder;

    private Path heads(String name, String base) {
        return TinyHeads.seeded(1, BASE, new HeadsConfig(HeadsKind.HYDRA, 2, 1, base))
                .write(folder.resolve(name));
    }

    private Path base(Path model) throws IOException {
        Files.createDirectories(model);
        BASE.write(model);
        return model;
    }

    /** A base model with Medusa heads among its tensors, as far as its files' names and its configuration go. */
    private Path merged(Path model, String family) throws IOException {
        base(model);
        Path config = model.resolve(ModelConfig.FILE);
        Files.writeString(
                config,
                Files.readString(config)
                        .replace("\"llama\"", "\"" + family.toLowerCase(Locale.ROOT) + "\"")
                        .replace("LlamaForCausalLM", family + "ForCausalLM")
                        .replaceFirst("\\{", "{\"medusa_num_heads\": 2,"));
        Files.createFile(model.resolve("model.safetensors"));
        return model;
    }

    @Test
    void takesTheFolderThatTheHeadsName() throws IOException {
        Path model = base(folder.resolve("elsewhere/llama"));

        assertThat(Pairing.base(List.of(heads("heads", model.toString())))).isEqualTo(model.toString());
    }

    @Test
    void takesTheFolderBesideTheHeads() throws IOException {
        Path model = base(folder.resolve("llama"));

        assertThat(Pairing.base(List.of(heads("heads", "llama"), heads("others", "llama"))))
                .isEqualTo(model.toString());
    }

    @Test
    void takesARepositoryForWhatIsNoFolder() throws IOException {
        assertThat(Pairing.base(List.of(heads("heads", "lmsys/vicuna-7b-v1.3"))))
                .isEqualTo("hf://lmsys/vicuna-7b-v1.3");
        assertThat(Pairing.base(List.of(heads("others", "hf://lmsys/vicuna-7b-v1.3@v1"))))
                .isEqualTo("hf://lmsys/vicuna-7b-v1.3@v1");

        // a folder without a model does not count
        Files.createDirectories(folder.resolve("lmsys/vicuna-7b-v1.3"));
        assertThat(Pairing.base(List.of(heads("heads", "lmsys/vicuna-7b-v1.3"))))
                .startsWith("hf://");
        Path model = base(folder.resolve("lmsys/vicuna-7b-v1.3"));
        assertThat(Pairing.base(List.of(heads("heads", "lmsys/vicuna-7b-v1.3"))))
                .isEqualTo(model.toString());
    }

    @Test
    void takesTheModelThatHeadsAreAPartOf() throws IOException {
        Path local = merged(folder.resolve("medusa"), "Llama");
        Path cached = merged(folder.resolve("models--acme--medusa/snapshots").resolve(COMMIT), "Llama");

        assertThat(Pairing.base(List.of(local))).isEqualTo(local.toString());
        assertThat(Pairing.base(List.of(cached))).isEqualTo("hf://acme/medusa@" + COMMIT);
    }

    @Test
    void refusesHeadsThatDoNotSayWhoseTheyAre() {
        Path heads = heads("heads", "");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Pairing.base(List.of(heads)))
                .withMessageContaining(heads.toString())
                .withMessageContaining("do not say which base model");

        Path others = heads("others", "/models/llama/7b");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Pairing.base(List.of(others)))
                .withMessageContaining("trained for '/models/llama/7b', which is no folder");
    }

    @Test
    void refusesHeadsOfDifferentModels() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Pairing.base(List.of(heads("one", "acme/a"), heads("two", "acme/b"))))
                .withMessageContaining(folder.resolve("one") + " to hf://acme/a")
                .withMessageContaining(folder.resolve("two") + " to hf://acme/b");
    }

    @Test
    void callsAModelWhatTheHubCallsIt() {
        assertThat(Pairing.name(folder.resolve("models--acme--tiny/snapshots").resolve(COMMIT)))
                .isEqualTo("acme/tiny");
        assertThat(Pairing.name(folder.resolve("tiny/."))).isEqualTo("tiny");
    }

    @Test
    void namesBothSidesThatDoNotFit() {
        Path heads = heads("heads", "acme/a");
        ModelConfig wider = ModelConfig.llama(19, 16, 1, 2).build();
        try (HeadsCheckpoint opened = HeadsCheckpoint.open(heads)) {
            assertThatExceptionOfType(CheckpointException.class)
                    .isThrownBy(() -> Pairing.require(opened, heads, wider, folder.resolve("wide")))
                    .withMessageContaining(
                            "the heads in " + heads + ", trained for 'acme/a', do not fit the model wide")
                    .withMessageContaining("hidden rows of 8 numbers; the base model's hidden_size is 16");
            Pairing.require(opened, heads, BASE, folder.resolve("fitting"));
        }
    }

    @Test
    void refusesHeadsThatComeWithAModelOfAnotherFamily() throws IOException {
        Path heads = heads("heads", "");
        Path mistral = merged(folder.resolve("mistral"), "Mistral");
        try (HeadsCheckpoint opened = HeadsCheckpoint.open(heads)) {
            assertThatExceptionOfType(CheckpointException.class)
                    .isThrownBy(() -> Pairing.require(opened, mistral, BASE, folder.resolve("tiny")))
                    .withMessageContaining("family mistral; this one's family is llama")
                    .withMessageContaining("the heads in " + mistral)
                    .withMessageContaining("the model tiny in");
        }
    }
}
