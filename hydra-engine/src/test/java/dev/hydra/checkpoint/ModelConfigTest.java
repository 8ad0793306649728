package dev.hydra.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelConfigTest {
    private static final String REQUIRED = """
            {"model_type": "llama", "hidden_size": 64, "intermediate_size": 160, "max_position_embeddings": 512,
             "num_attention_heads": 4, "num_hidden_layers": 2, "rms_norm_eps": 1e-6, "vocab_size": 128}""";

    @TempDir
    Path folder;

    @Test
    void takesWhatLlamaAlwaysHasWhereKeysAreAbsent() throws IOException {
        ModelConfig config = read("{}");
        assertThat(config)
                .isEqualTo(ModelConfig.llama(128, 64, 2, 4)
                        .intermediate(160)
                        .rmsNormEpsilon(1e-6)
                        .positions(512)
                        .build());
        assertThat(config.keyValueHeads()).isEqualTo(4);
        assertThat(config.headWidth()).isEqualTo(16);
        assertThat(config.ropeTheta()).isEqualTo(10_000);
        assertThat(config.endTokens()).isEmpty();
        assertThat(config.beginToken()).isNull();
    }

    @Test
    void readsEverythingThatMakesALlamaDifferent() throws IOException {
        assertThat(read("""
                {"architectures": ["LlamaForCausalLM"], "num_key_value_heads": 2, "head_dim": 32, "rope_theta": 5e5,
                 "tie_word_embeddings": true, "attention_bias": true, "eos_token_id": [2, 7], "bos_token_id": 1,
                 "rope_scaling": null, "quantization_config": null, "hidden_act": "silu", "mlp_bias": false}"""))
                .isEqualTo(ModelConfig.llama(128, 64, 2, 4)
                        .intermediate(160)
                        .rmsNormEpsilon(1e-6)
                        .positions(512)
                        .keyValueHeads(2)
                        .headWidth(32)
                        .ropeTheta(500_000)
                        .tiedEmbeddings(true)
                        .attentionBias(true)
                        .endTokens(List.of(2, 7))
                        .beginToken(1)
                        .build());
    }

    @Test
    void findsRopeThetaWhereNewerFilesHaveIt() throws IOException {
        assertThat(read("{\"rope_parameters\": {\"rope_type\": \"default\", \"rope_theta\": 20000.0}}")
                        .ropeTheta())
                .isEqualTo(20_000);
        assertThat(read("{\"rope_scaling\": {\"type\": \"default\"}, \"rope_theta\": 7}")
                        .ropeTheta())
                .isEqualTo(7);
    }

    @Test
    void prefersTheEndTokensOfTheGenerationConfig() throws IOException {
        Files.writeString(folder.resolve("generation_config.json"), "{\"eos_token_id\": [5, 6]}");
        assertThat(read("{\"eos_token_id\": 2}").endTokens()).containsExactly(5, 6);
        Files.writeString(folder.resolve("generation_config.json"), "{\"do_sample\": true}");
        assertThat(read("{\"eos_token_id\": 2}").endTokens()).containsExactly(2);
    }

    @Test
    void readsWhatItWrites() throws IOException {
        ModelConfig config = ModelConfig.llama(100, 48, 3, 6)
                .keyValueHeads(3)
                .headWidth(10)
                .intermediate(77)
                .ropeTheta(20_000)
                .rmsNormEpsilon(1e-6)
                .tiedEmbeddings(true)
                .attentionBias(true)
                .positions(99)
                .endTokens(List.of(2, 3))
                .beginToken(1)
                .build();
        config.write(folder);
        assertThat(ModelConfig.read(folder)).isEqualTo(config);
        ModelConfig plain =
                ModelConfig.llama(100, 48, 3, 6).endTokens(List.of(2)).build();
        plain.write(folder);
        assertThat(ModelConfig.read(folder)).isEqualTo(plain);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"model_type\": \"gpt2\"} | config.json: model_type is \"gpt2\"; expected \"llama\"",
                "{\"model_type\": null} | config.json: 'model_type' is missing; expected \"llama\"",
                "{\"architectures\": [\"LlamaForTokenClassification\"]} | config.json: architectures is [\"LlamaForTokenClassification\"]; expected [\"LlamaForCausalLM\"]",
                "{\"rope_scaling\": {\"rope_type\": \"llama3\"}} | config.json: rope_scaling is {\"rope_type\":\"llama3\"}; expected none, or one of rope_type \"default\": scaled rotary embeddings are not supported",
                "{\"rope_parameters\": {\"rope_type\": \"yarn\"}} | config.json: rope_parameters is {\"rope_type\":\"yarn\"}; expected none, or one of rope_type \"default\": scaled rotary embeddings are not supported",
                "{\"rope_scaling\": \"linear\"} | config.json: rope_scaling is \"linear\"; expected an object",
                "{\"partial_rotary_factor\": 0.5} | config.json: partial_rotary_factor is 0.5; expected 1: rotating a part of each head is not supported",
                "{\"mlp_bias\": true} | config.json: mlp_bias is true; expected false: biases in the feed-forward blocks are not supported",
                "{\"hidden_act\": \"gelu\"} | config.json: hidden_act is \"gelu\"; expected \"silu\"",
                "{\"quantization_config\": {}} | config.json: quantization_config is {}; expected none: quantised weights are not supported",
                "{\"num_attention_heads\": 5} | config.json: num_attention_heads is 5; expected a divisor of hidden_size, 64, or a head_dim",
                "{\"num_key_value_heads\": 3} | config.json: num_key_value_heads is 3; expected a divisor of num_attention_heads, 4",
                "{\"head_dim\": 15} | config.json: head_dim is 15; expected an even number",
                "{\"hidden_size\": \"64\"} | config.json: hidden_size is \"64\"; expected a whole number",
                "{\"hidden_size\": 6.5} | config.json: hidden_size is 6.5; expected a whole number",
                "{\"hidden_size\": 0} | config.json: hidden_size is 0; expected a whole number above 0",
                "{\"eos_token_id\": [1, \"2\"]} | config.json: eos_token_id is [1,\"2\"]; expected a whole number",
                "{\"tie_word_embeddings\": 1} | config.json: tie_word_embeddings is 1; expected true or false",
                "{\"rope_theta\": 0} | config.json: rope_theta is 0; expected a number above 0",
                "{\"rms_norm_eps\": -0.5} | config.json: rms_norm_eps is -0.5; expected a number above 0",
                "{\"rms_norm_eps\": \"tiny\"} | config.json: rms_norm_eps is \"tiny\"; expected a number",
            })
    void namesKeyFoundAndExpected(String changes, String message) {
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> read(changes))
                .withMessage("%s", message);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "vocab_size",
                "hidden_size",
                "intermediate_size",
                "num_hidden_layers",
                "num_attention_heads",
                "max_position_embeddings",
                "rms_norm_eps"
            })
    void namesTheKeyThatIsMissing(String key) {
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> read("{\"%s\": null}".formatted(key)))
                .withMessageStartingWith("config.json: '%s' is missing; expected a", key);
    }

    @Test
    void saysSoWhenTheFileIsMissingOrNoJson() throws IOException {
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> ModelConfig.read(folder))
                .withMessage("%s: no config.json in this folder; expected a Hugging Face folder", folder);
        Files.writeString(folder.resolve("config.json"), "model_type = llama");
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> ModelConfig.read(folder))
                .withMessage("config.json: is not JSON; expected a JSON object");
    }

    @Test
    void listsTheTensorsOfAGroupedBiasedTiedModel() {
        ModelConfig config = ModelConfig.llama(10, 8, 1, 4)
                .keyValueHeads(2)
                .headWidth(6)
                .intermediate(12)
                .attentionBias(true)
                .tiedEmbeddings(true)
                .build();
        assertThat(config.tensorShapes())
                .containsEntry("model.layers.0.self_attn.q_proj.weight", List.of(24L, 8L))
                .containsEntry("model.layers.0.self_attn.k_proj.weight", List.of(12L, 8L))
                .containsEntry("model.layers.0.self_attn.v_proj.bias", List.of(12L))
                .containsEntry("model.layers.0.self_attn.o_proj.weight", List.of(8L, 24L))
                .containsEntry("model.layers.0.self_attn.o_proj.bias", List.of(8L))
                .doesNotContainKey("lm_head.weight")
                .hasSize(15);
        assertThat(config.ignorableTensors()).contains("lm_head.weight");
        assertThat(config.parameters()).isEqualTo(80 + 16 + 192 + 24 + 96 + 12 + 96 + 12 + 192 + 8 + 3 * 96 + 8);
    }

    @Test
    void refusesSizesThatAreNone() {
        ModelConfig.Builder builder = ModelConfig.llama(0, 8, 1, 2);
        assertThatIllegalArgumentException()
                .isThrownBy(builder::build)
                .withMessage("vocab_size is 0; expected a number above 0");
    }

    private ModelConfig read(String changes) throws IOException {
        JsonObject json = JsonParser.parseString(REQUIRED).getAsJsonObject();
        JsonParser.parseString(changes)
                .getAsJsonObject()
                .entrySet()
                .forEach(change -> json.add(change.getKey(), change.getValue()));
        Files.writeString(folder.resolve("config.json"), json.toString());
        return ModelConfig.read(folder);
    }
}
