package dev.hydra.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.hydra.TinyHeads;
import dev.hydra.TinyLlama;
import dev.hydra.checkpoint.Checkpoint;
import dev.hydra.checkpoint.HeadsCheckpoint;
import dev.hydra.checkpoint.ModelConfig;
import dev.hydra.graph.ModelMemory.HeadsSize;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelMemoryTest {
    private static final ModelConfig LLAMA_7B =
            ModelConfig.llama(32_000, 4096, 32, 32).intermediate(11_008).build();

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({"FLOAT32, false", "FLOAT32, true", "FLOAT16, true"})
    void expectsTheBytesThatTheGraphThenHas(DataType type, boolean tied) throws Exception {
        ModelConfig config = ModelConfig.llama(96, 32, 3, 4)
                .keyValueHeads(2)
                .tiedEmbeddings(tied)
                .build();
        Path base = Files.createDirectory(folder.resolve("base"));
        Path drafting = Files.createDirectory(folder.resolve("heads"));
        GraphOptions options = new GraphOptions("cpu", type, 2, 64);
        try (Checkpoint checkpoint =
                        Checkpoint.open(TinyLlama.seeded(3).with(config).write(base));
                HeadsCheckpoint heads =
                        HeadsCheckpoint.open(TinyHeads.seeded(5, config, 3, 2).write(drafting));
                ModelGraph graph = ModelGraph.load(checkpoint, options)) {
            ModelMemory expected = ModelMemory.of(config, new HeadsSize(heads.parameters(), false, false), options);
            boolean twice = tied && Products.of("cpu", type) == Products.PACKED;
            assertThat(graph.weightBytes()).isEqualTo(type.bytes() * (config.parameters() + (twice ? 96 * 32 : 0)));
            assertThat(expected.weights()).isEqualTo(type.bytes() * (config.parameters() + (tied ? 96 * 32 : 0)));
            graph.bindHeads(heads);
            assertThat(expected.heads()).isEqualTo(type.bytes() * heads.parameters());
            assertThat(graph.weightBytes())
                    .isEqualTo(type.bytes() * (config.parameters() + (twice ? 96 * 32 : 0)) + expected.heads());
        }
    }

    @Test
    void countsEveryLayersKeysAndValues() {
        ModelMemory cpu =
                ModelMemory.of(LLAMA_7B, HeadsSize.none(), new GraphOptions("cpu", DataType.BFLOAT16, 2, 1000));
        ModelMemory gpu =
                ModelMemory.of(LLAMA_7B, HeadsSize.none(), new GraphOptions("gpu0", DataType.BFLOAT16, 2, 1000));
        // float32 on a CPU whatever the weights are
        assertThat(cpu.cache()).isEqualTo(2 * 1000 * 32 * 2 * 4096 * 4L);
        assertThat(gpu.cache()).isEqualTo(cpu.cache() / 2);
        assertThat(gpu.weights()).isEqualTo(2 * LLAMA_7B.parameters());
    }

    @Test
    void leavesRoomToWorkInButLittle() {
        ModelMemory memory =
                ModelMemory.of(LLAMA_7B, HeadsSize.none(), new GraphOptions("cpu", DataType.FLOAT32, 1, 4096));
        assertThat(memory.work()).isBetween(memory.weights() / 100, memory.weights() / 20);
    }

    @Test
    void refusesWhatDoesNotFitWithTheFiguresAndTheProperties() {
        GraphOptions options = new GraphOptions("cpu", DataType.FLOAT32, 4, 4096);
        ModelMemory memory = ModelMemory.of(LLAMA_7B, HeadsSize.none(), options);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> memory.requireFits(options, OptionalLong.of(8L << 30)))
                .withMessageContaining("25.10 GiB for weights")
                .withMessageContaining("as float32")
                .withMessageContaining("16.00 GiB for a cache of 4 rows of 4096 positions")
                .withMessageContaining("8.00 GiB are available")
                .withMessageContaining("hydra.model.data-type")
                .withMessageContaining("hydra.cache.rows")
                .withMessageContaining("hydra.cache.positions")
                .withMessageContaining("hydra.device");
        assertThatCode(() -> memory.requireFits(options, OptionalLong.of(memory.total())))
                .doesNotThrowAnyException();
        assertThatCode(() -> memory.requireFits(options, OptionalLong.empty())).doesNotThrowAnyException();
    }

    @Test
    void staysFiniteForAnyOptions() {
        GraphOptions options = new GraphOptions("cpu", DataType.FLOAT32, Integer.MAX_VALUE, Integer.MAX_VALUE);
        ModelMemory memory = ModelMemory.of(LLAMA_7B, HeadsSize.none(), options);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> memory.requireFits(options, OptionalLong.of(Long.MAX_VALUE / 8)));
    }
}
