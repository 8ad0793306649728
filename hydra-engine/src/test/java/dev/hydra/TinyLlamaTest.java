package dev.hydra;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hydra.checkpoint.Checkpoint;
import dev.hydra.checkpoint.ModelConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TinyLlamaTest {
    private static final List<Integer> PROMPT = List.of(5, 17, 3);
    private static final int DISTINCT = 5;

    @TempDir
    Path folder;

    static Stream<ModelConfig> configs() {
        ModelConfig.Builder biased = ModelConfig.llama(61, 32, 2, 4).attentionBias(true);
        return Stream.of(
                TinyLlama.seeded(0).config(),
                biased.build(),
                ModelConfig.llama(61, 32, 2, 4).keyValueHeads(1).headWidth(12).build(),
                ModelConfig.llama(61, 32, 2, 4).tiedEmbeddings(true).build());
    }

    @Test
    void writesTheSameFilesForTheSameSeedAndOthersForAnother() throws IOException {
        byte[] one = weights(TinyLlama.seeded(3).write(folder.resolve("one")));
        assertThat(weights(TinyLlama.seeded(3).write(folder.resolve("same")))).isEqualTo(one);
        assertThat(weights(TinyLlama.seeded(4).write(folder.resolve("other")))).isNotEqualTo(one);
    }

    @ParameterizedTest
    @MethodSource("configs")
    void makesModelsWhoseAnswersDependOnPromptAndSeed(ModelConfig config) {
        List<Integer> answer = answer(TinyLlama.seeded(3).with(config), PROMPT);
        assertThat(Set.copyOf(answer)).as("distinct tokens of %s", answer).hasSizeGreaterThan(DISTINCT);
        assertThat(answer).hasSize(16).isNotEqualTo(answer(TinyLlama.seeded(4).with(config), PROMPT));
        assertThat(answer(TinyLlama.seeded(3).with(config), List.of(5, 17, 4))).isNotEqualTo(answer);
    }

    private List<Integer> answer(TinyLlama llama, List<Integer> prompt) {
        try (Checkpoint checkpoint = Checkpoint.open(llama.write(folder))) {
            return ReferenceDecoder.generate(checkpoint, prompt, 16);
        }
    }

    private static byte[] weights(Path folder) throws IOException {
        return Files.readAllBytes(folder.resolve(Checkpoint.FILE));
    }
}
