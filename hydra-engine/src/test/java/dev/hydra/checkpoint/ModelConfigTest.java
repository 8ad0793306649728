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
import java.util.Set;
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
        assertThat(config.rope().theta()).isEqualTo(10_000);
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
                        .rope())
                .isEqualTo(Rope.of(20_000));
        assertThat(read("{\"rope_scaling\": {\"type\": \"default\"}, \"rope_theta\": 7}")
                        .rope())
                .isEqualTo(Rope.of(7));
    }

    @Test
    void readsScalingsUnderBothKeys() throws IOException {
        String linear = "{\"%s\": {\"%s\": \"linear\", \"factor\": 2.5}}";
        for (String file : List.of(
                linear.formatted("rope_scaling", "type"),
                linear.formatted("rope_scaling", "rope_type"),
                linear.formatted("rope_parameters", "rope_type"))) {
            assertThat(read(file).rope()).isEqualTo(new Rope(10_000, new RopeScaling.Linear(2.5)));
        }
        assertThat(read("{\"rope_scaling\": {\"type\": \"dynamic\", \"factor\": 2}}")
                        .rope()
                        .scaling())
                .isEqualTo(new RopeScaling.Dynamic(2, 512));
    }

    @Test
    void readsEverythingThatYarnMayBeTold() throws IOException {
        assertThat(read("""
                {"rope_scaling": {"type": "yarn", "factor": 40, "beta_fast": 16, "beta_slow": 2, "truncate": false,
                 "mscale": 0.707, "mscale_all_dim": 0.5, "original_max_position_embeddings": 256}}""").rope().scaling())
                .isEqualTo(new RopeScaling.Yarn(
                        40,
                        256,
                        new RopeScaling.Ramp(16, 2, false),
                        (0.1 * 0.707 * Math.log(40) + 1) / (0.1 * 0.5 * Math.log(40) + 1)));
        assertThat(read("{\"rope_scaling\": {\"type\": \"yarn\", \"factor\": 2, \"attention_factor\": 1.5}}")
                        .rope()
                        .scaling())
                .isEqualTo(new RopeScaling.Yarn(2, 512, RopeScaling.Ramp.USUAL, 1.5));
    }

    @Test
    void takesTheWindowsThatTransformersTakesWhereKeysAreAbsent() throws IOException {
        assertThat(read("{\"model_type\": \"mistral\"}").window()).isEqualTo(new SlidingWindow(4096, Set.of(0, 1)));
        assertThat(read("{\"model_type\": \"mistral\", \"sliding_window\": null}")
                        .window())
                .isEqualTo(SlidingWindow.NONE);
        assertThat(read("{\"model_type\": \"phi3\"}").window()).isEqualTo(SlidingWindow.NONE);
        assertThat(read("{\"model_type\": \"qwen2\", \"sliding_window\": 8}").window())
                .isEqualTo(SlidingWindow.NONE);
        assertThat(read("{\"model_type\": \"gemma2\"}").window()).isEqualTo(new SlidingWindow(4096, Set.of(0)));
        assertThat(read("{\"model_type\": \"gemma2\"}").tempering()).isEqualTo(new Tempering(256, 50, 30));
        assertThat(read("{\"model_type\": \"gemma2\", \"final_logit_softcapping\": null}")
                        .tempering())
                .isEqualTo(new Tempering(256, 50, 0));
    }

    @Test
    void givesWindowsToTheLayersThatAreListedOrFollowTheFullOnes() throws IOException {
        String qwen = "{\"model_type\": \"qwen2\", \"use_sliding_window\": true, \"sliding_window\": 8, %s}";
        assertThat(read(qwen.formatted("\"max_window_layers\": 1")).window())
                .isEqualTo(new SlidingWindow(8, Set.of(1)));
        assertThat(read(qwen.formatted("\"max_window_layers\": 0")).window())
                .isEqualTo(new SlidingWindow(8, Set.of(0, 1)));
        assertThat(read(qwen.formatted("\"max_window_layers\": 2")).window()).isEqualTo(SlidingWindow.NONE);
        assertThat(read(qwen.formatted(
                                "\"max_window_layers\": 2, \"layer_types\": [\"sliding_attention\", \"full_attention\"]"))
                        .window())
                .isEqualTo(new SlidingWindow(8, Set.of(0)));
    }

    @Test
    void writesEveryScalingAndWindow() throws IOException {
        for (RopeScaling scaling : List.of(
                new RopeScaling.Linear(2),
                new RopeScaling.Dynamic(2, 50),
                new RopeScaling.Llama3(8, 1, 4, 32),
                new RopeScaling.Yarn(4, 32, new RopeScaling.Ramp(20, 2, false), 1.25))) {
            ModelConfig config = ModelConfig.llama(100, 48, 3, 6)
                    .family(Family.QWEN3)
                    .window(new SlidingWindow(7, Set.of(0, 2)))
                    .rope(new Rope(7000, scaling))
                    .build();
            config.write(folder);
            assertThat(ModelConfig.read(folder)).isEqualTo(config);
        }
        ModelConfig gemma = ModelConfig.llama(100, 48, 3, 6)
                .family(Family.GEMMA2)
                .tempering(new Tempering(30, 0, 7))
                .build();
        gemma.write(folder);
        assertThat(ModelConfig.read(folder)).isEqualTo(gemma);
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
                "{\"model_type\": \"gpt2\"} | config.json: model_type is \"gpt2\"; expected one of llama, mistral, qwen2, qwen3, phi3, olmo2, gemma2",
                "{\"model_type\": null} | config.json: 'model_type' is missing; expected one of llama, mistral, qwen2, qwen3, phi3, olmo2, gemma2",
                "{\"architectures\": [\"LlamaForTokenClassification\"]} | config.json: architectures is [\"LlamaForTokenClassification\"]; expected [\"LlamaForCausalLM\"]",
                "{\"rope_scaling\": {\"rope_type\": \"llama3\"}} | config.json: rope_scaling: 'factor' is missing; expected a number",
                "{\"rope_parameters\": {\"rope_type\": \"yarn\"}} | config.json: rope_parameters: 'factor' is missing; expected a number",
                "{\"rope_scaling\": {\"type\": \"longrope\", \"short_factor\": [1]}} | config.json: rope_scaling: type is \"longrope\"; expected one of default, linear, dynamic, llama3, yarn",
                "{\"rope_parameters\": {\"rope_type\": \"mrope\"}} | config.json: rope_parameters: rope_type is \"mrope\"; expected one of default, linear, dynamic, llama3, yarn",
                "{\"rope_parameters\": {\"sliding_attention\": {}}} | config.json: rope_parameters is {\"sliding_attention\":{}}; expected one rotary embedding for all layers",
                "{\"rope_scaling\": {\"type\": \"linear\", \"factor\": 0.5}} | config.json: rope_scaling: factor is 0.5; expected a number of 1 or more",
                "{\"rope_scaling\": {\"type\": \"dynamic\", \"factor\": \"2\"}} | config.json: rope_scaling: factor is \"2\"; expected a number",
                "{\"rope_scaling\": {\"type\": \"llama3\", \"factor\": 8, \"low_freq_factor\": 4, \"high_freq_factor\": 1, \"original_max_position_embeddings\": 32}} | config.json: rope_scaling: low_freq_factor is 4.0 and high_freq_factor 1.0; expected the first above 0 and the second above it",
                "{\"rope_scaling\": {\"type\": \"llama3\", \"factor\": 8, \"low_freq_factor\": 1, \"high_freq_factor\": 4}} | config.json: rope_scaling: 'original_max_position_embeddings' is missing; expected a whole number",
                "{\"rope_scaling\": {\"type\": \"yarn\", \"factor\": 4, \"beta_fast\": 0.5}} | config.json: rope_scaling: beta_slow is 1.0 and beta_fast 0.5; expected the first above 0 and the second no less",
                "{\"rope_scaling\": {\"type\": \"yarn\", \"factor\": 4, \"attention_factor\": -1}} | config.json: rope_scaling: attention_factor is -1.0; expected a number above 0",
                "{\"rope_scaling\": {\"type\": \"yarn\", \"factor\": 4, \"original_max_position_embeddings\": 0}} | config.json: rope_scaling: original_max_position_embeddings is 0; expected a whole number above 0",
                "{\"rope_scaling\": {\"type\": \"yarn\", \"factor\": 4, \"partial_rotary_factor\": 0.5}} | config.json: rope_scaling: partial_rotary_factor is 0.5; expected 1: rotating a part of each head is not supported",
                "{\"rope_scaling\": {\"type\": \"yarn\", \"factor\": 4}, \"rope_theta\": 1} | config.json: rope_theta is 1.0; expected a number above 1, as rope_type is yarn",
                "{\"rope_scaling\": {\"type\": \"linear\", \"factor\": 2}, \"rope_parameters\": {\"rope_type\": \"linear\", \"factor\": 4}} | config.json: rope_scaling is {\"type\":\"linear\",\"factor\":2}; expected what rope_parameters says, or none",
                "{\"sliding_window\": 16} | config.json: sliding_window is 16; expected none: llama has no windows",
                "{\"model_type\": \"mistral\", \"sliding_window\": 0} | config.json: sliding_window is 0; expected a whole number above 0",
                "{\"model_type\": \"mistral\", \"attention_bias\": true} | config.json: attention_bias is true; expected false: mistral has no biases",
                "{\"model_type\": \"mistral\", \"architectures\": [\"LlamaForCausalLM\"]} | config.json: architectures is [\"LlamaForCausalLM\"]; expected [\"MistralForCausalLM\"]",
                "{\"model_type\": \"mistral\", \"layer_types\": [\"full_attention\", \"sliding_attention\"]} | config.json: layer_types is [\"full_attention\",\"sliding_attention\"]; expected the same for all layers of mistral",
                "{\"model_type\": \"qwen2\", \"layer_types\": [\"sliding_attention\", \"full_attention\"]} | config.json: layer_types is [\"sliding_attention\",\"full_attention\"]; expected \"full_attention\" alone, because there is no sliding window",
                "{\"model_type\": \"qwen3\", \"layer_types\": [\"full_attention\"]} | config.json: layer_types is [\"full_attention\"]; expected 2 times \"full_attention\" or \"sliding_attention\"",
                "{\"model_type\": \"qwen3\", \"layer_types\": [\"full_attention\", \"linear_attention\"]} | config.json: layer_types is [\"full_attention\",\"linear_attention\"]; expected 2 times \"full_attention\" or \"sliding_attention\"",
                "{\"model_type\": \"qwen3\", \"layer_types\": [1, 2]} | config.json: layer_types is [1,2]; expected a list of texts",
                "{\"model_type\": \"qwen2\", \"use_sliding_window\": true, \"num_hidden_layers\": 2000000000} | config.json: num_hidden_layers is 2000000000; expected at most 10000",
                "{\"model_type\": \"gemma2\", \"hidden_activation\": \"gelu\"} | config.json: hidden_activation is \"gelu\"; expected \"gelu_pytorch_tanh\"",
                "{\"model_type\": \"gemma2\", \"attn_logit_softcapping\": 0} | config.json: attn_logit_softcapping is 0; expected a number above 0, or null",
                "{\"model_type\": \"gemma2\", \"query_pre_attn_scalar\": -1} | config.json: query_pre_attn_scalar is -1.0; expected a number above 0",
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
