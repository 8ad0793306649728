package dev.hydra.training.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.hydra.checkpoint.HeadsConfig;
import dev.hydra.checkpoint.HeadsKind;
import dev.hydra.checkpoint.ModelConfig;
import dev.hydra.graph.DataType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class InspectCommandTest {
    private final Shell shell = new Shell();

    @TempDir
    Path folder;

    @Test
    void tellsSizesFilesAndMemoryOfABaseModel() throws IOException {
        assertThat(shell.run("inspect", TinyFolders.base(folder.resolve("base"))))
                .isZero();
        assertThat(shell.results())
                .contains(
                        "base model ",
                        "llama",
                        "2 of width 4, 1 for keys and values",
                        "model.safetensors",
                        "BF16",
                        "memory on a CPU")
                .doesNotContain("draft heads", "problems");
    }

    @ParameterizedTest
    @EnumSource(HeadsKind.class)
    void tellsKindTreeAndFitOfHeads(HeadsKind kind) throws IOException {
        Path base = TinyFolders.base(folder.resolve("base"));
        Path heads = TinyFolders.heads(folder.resolve("heads"), kind, TinyFolders.BASE);
        JsonObject found = inspect(0, heads, "--base", base);
        JsonObject facts = found.getAsJsonObject("heads");
        assertThat(facts.get("kind").getAsString()).isEqualTo(kind.label());
        assertThat(facts.get("heads").getAsInt()).isEqualTo(3);
        assertThat(facts.get("layers").getAsInt()).isEqualTo(2);
        assertThat(facts.get("fits").getAsBoolean()).isTrue();
        assertThat(facts.getAsJsonObject("tree").get("nodes").getAsInt()).isEqualTo(4);
        assertThat(facts.getAsJsonObject("tree").get("depth").getAsInt()).isEqualTo(2);
        long parameters = new HeadsConfig(kind, 3, 2, "tiny")
                .tensorShapes(TinyFolders.BASE).values().stream()
                        .mapToLong(shape -> shape.stream().reduce(1L, Math::multiplyExact))
                        .sum();
        assertThat(facts.get("parameters").getAsLong()).isEqualTo(parameters);
        JsonObject memory = found.getAsJsonObject("memory");
        int positions = memory.get("positions").getAsInt();
        assertThat(memory.getAsJsonObject("byType").keySet()).containsExactly("float32", "bfloat16", "float16");
        for (DataType type : DataType.values()) {
            JsonObject bytes = memory.getAsJsonObject("byType").getAsJsonObject(type.label());
            assertThat(bytes.get("weights").getAsLong()).isEqualTo(type.bytes() * TinyFolders.BASE.parameters());
            assertThat(bytes.get("heads").getAsLong()).isEqualTo(type.bytes() * parameters);
            // 3 layers, and the prefix layer, with keys and values of 1 head of width 4, as float32 whatever the
            // weights are
            assertThat(bytes.get("cache").getAsLong())
                    .isEqualTo((kind == HeadsKind.HYDRA_PLUS_PLUS ? 4 : 3) * 2L * 4 * 4 * positions);
        }
    }

    @Test
    void tellsFamilyScalingWindowAndTemplate() throws IOException {
        Path base = TinyFolders.base(folder.resolve("base"));
        assertThat(shell.run("inspect", base)).isZero();
        assertThat(shell.results()).contains("tokenizer           none", "none; choose one of vicuna, llama-2, chatml");

        Path config = base.resolve("config.json");
        Files.writeString(
                config,
                Files.readString(config)
                        .replace("\"llama\"", "\"mistral\"")
                        .replace("LlamaForCausalLM", "MistralForCausalLM")
                        .replaceFirst(
                                "\\{",
                                "{\"sliding_window\": 8, \"rope_scaling\": {\"rope_type\": \"linear\", \"factor\": 2.0},"));
        Files.writeString(base.resolve("chat_template.jinja"), "{{ messages }}");
        assertThat(shell.run("inspect", base)).isZero();
        assertThat(shell.results())
                .contains(
                        "mistral",
                        "64, up to 128, with scaling linear",
                        "8 positions in 3 layers",
                        "chat template       ",
                        "chat_template.jinja");
    }

    @Test
    void namesATokenizerAndATemplateThatAreBroken() throws IOException {
        Path base = TinyFolders.base(folder.resolve("base"));
        Files.writeString(base.resolve("tokenizer.json"), "{}");
        Files.writeString(base.resolve("chat_template.jinja"), "{% if %}");
        JsonObject found = inspect(1, base);
        assertThat(problems(found))
                .hasSize(2)
                .anyMatch(problem -> problem.contains("tokenizer.json"))
                .anyMatch(problem -> problem.contains("chat_template.jinja"));
        assertThat(found.getAsJsonObject("base").has("tokenizer")).isFalse();
    }

    @Test
    void saysWhyHeadsDoNotFit() throws IOException {
        Path base = TinyFolders.base(folder.resolve("base"));
        ModelConfig wider = ModelConfig.llama(19, 16, 3, 2).build();
        Path heads = TinyFolders.heads(folder.resolve("heads"), HeadsKind.HYDRA, wider);
        Files.writeString(heads.resolve("tree.json"), "[[0, 0, 0, 0]]");
        JsonObject found = inspect(1, heads, "--base", base);
        assertThat(found.getAsJsonObject("heads").get("fits").getAsBoolean()).isFalse();
        assertThat(problems(found))
                .hasSize(2)
                .anyMatch(problem ->
                        problem.contains("the heads read hidden rows of 16 numbers; the base model's hidden_size is 8"))
                .anyMatch(problem -> problem.contains("the tree is 4 levels deep; there are 3 draft heads"));
    }

    @Test
    void listsAllProblemsAndGoesOn() throws IOException {
        Map<String, List<Long>> shapes = new LinkedHashMap<>(TinyFolders.BASE.tensorShapes());
        shapes.remove("model.norm.weight");
        shapes.put("model.extra.weight", List.of(2L));
        shapes.put("lm_head.weight", List.of(18L, 8L));
        JsonObject found = inspect(1, TinyFolders.base(folder.resolve("base"), shapes));
        assertThat(problems(found))
                .contains("missing tensors: 1, model.norm.weight", "unexpected tensors: 1, model.extra.weight")
                .anyMatch(problem -> problem.startsWith("tensor 'lm_head.weight' is [18, 8]"));
        assertThat(found.getAsJsonObject("base")
                        .getAsJsonObject("sizes")
                        .get("vocabulary")
                        .getAsInt())
                .isEqualTo(19);
    }

    @Test
    void namesTheFamilyThatItDoesNotKnowAndTheFileThatIsBroken() throws IOException {
        Path base = TinyFolders.base(folder.resolve("base"));
        Files.writeString(base.resolve("config.json"), "{\"model_type\": \"gpt2\"}");
        Files.writeString(base.resolve("model.safetensors"), "broken");
        assertThat(problems(inspect(1, base)))
                .hasSize(2)
                .anyMatch(problem -> problem.contains("gpt2"))
                .anyMatch(problem -> problem.startsWith("model.safetensors: "));
    }

    @Test
    void saysThatAFolderIsMissingOrEmpty() {
        assertThat(shell.run("inspect", folder.resolve("nowhere"))).isEqualTo(1);
        assertThat(shell.people()).startsWith("hydra inspect: ").contains("nowhere: no such folder");
        assertThat(problems(inspect(1, folder))).singleElement().asString().contains("no weights in this folder");
    }

    private JsonObject inspect(int code, Object... arguments) {
        Shell own = new Shell();
        Object[] all = new Object[arguments.length + 2];
        all[0] = "inspect";
        all[1] = "--json";
        System.arraycopy(arguments, 0, all, 2, arguments.length);
        assertThat(own.run(all)).as(own.people() + own.results()).isEqualTo(code);
        return JsonParser.parseString(own.results()).getAsJsonObject();
    }

    private static List<String> problems(JsonObject found) {
        return found.getAsJsonArray("problems").asList().stream()
                .map(problem -> problem.getAsString())
                .toList();
    }
}
