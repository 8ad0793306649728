package dev.hydra.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.within;

import dev.hydra.checkpoint.HeadsConfig;
import dev.hydra.checkpoint.HeadsKind;
import dev.hydra.checkpoint.ModelConfig;
import dev.hydra.training.TrainingGraph.Settings;
import dev.hydra.training.console.Console;
import dev.hydra.training.data.TokenRow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class HiddenStatesTest {

    private static final ModelConfig BASE = CycleBase.CONFIG;
    private static final double ROUNDING = 1e-4;
    private static final double COARSE_ROUNDING = 2e-2;

    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource
    void storedRowsGiveTheLossesThatTheBaseGives(Precision precision) throws IOException {
        double rounding = precision == Precision.FLOAT32 ? ROUNDING : COARSE_ROUNDING;
        List<TokenRow> rows = HeadsTrainerTest.texts().training();
        Path file = folder.resolve("made/here/rows.states");
        int width = BASE.width() * precision.bytes();
        try (TrainingGraph graph = graph(precision)) {
            for (int opening = 0; opening < 2; opening++) {
                try (HiddenStates states = HiddenStates.open(file, rows, width, graph, Console.silent())) {
                    for (List<Integer> numbers : List.of(List.of(3, 0, 20), List.of(5), List.of(7, 7))) {
                        Batch stored = states.batch(numbers);
                        List<HeadFigures> expected = graph.figures(
                                Batch.of(numbers.stream().map(rows::get).toList(), stored.length()));
                        List<HeadFigures> figures = graph.figures(stored);
                        for (int head = 0; head < 2; head++) {
                            assertThat(figures.get(head).places())
                                    .isEqualTo(expected.get(head).places());
                            assertThat(figures.get(head).textLoss())
                                    .isCloseTo(expected.get(head).textLoss(), within(rounding * 50));
                            assertThat(figures.get(head).baseLoss())
                                    .isCloseTo(expected.get(head).baseLoss(), within(rounding * 50));
                        }
                    }
                }
            }
        }
        assertThat(file.getParent().toFile().list()).containsExactly("rows.states");
    }

    @Test
    void saysOfATruncatedFileWhatToDo() throws IOException {
        List<TokenRow> rows = CycleBase.rows(2, 5);
        Path file = folder.resolve("rows.states");
        int width = BASE.width() * Precision.FLOAT32.bytes();
        try (TrainingGraph graph = graph(Precision.FLOAT32)) {
            HiddenStates.open(file, rows, width, graph, Console.silent()).close();
            byte[] whole = Files.readAllBytes(file);
            Files.write(file, Arrays.copyOf(whole, whole.length - 4));
            assertThatIOException()
                    .isThrownBy(() -> HiddenStates.open(file, rows, width, graph, Console.silent()))
                    .withMessage("%s has 2556 bytes; 10 tokens of 256 bytes were expected: delete it".formatted(file));
        }
    }

    @Test
    void whatAKilledProcessLeftOfAFileIsWrittenAnew() throws IOException {
        Path file = folder.resolve("rows.states");
        Files.write(folder.resolve("rows.states.part"), new byte[100_000]);
        try (TrainingGraph graph = graph(Precision.FLOAT32);
                HiddenStates states = HiddenStates.open(file, CycleBase.rows(2, 5), 256, graph, Console.silent())) {
            assertThat(states.batch(IntStream.range(0, 2).boxed().toList())
                            .hidden()
                            .remaining())
                    .isEqualTo(2560);
        }
        assertThat(folder.toFile().list()).containsExactly("rows.states");
    }

    private static TrainingGraph graph(Precision precision) {
        HeadsConfig config = new HeadsConfig(HeadsKind.HYDRA_PLUS_PLUS, 2, 1, "tiny");
        List<Weight> base = InitialWeights.base(BASE, 3);
        TrainingGraph graph =
                new TrainingGraph(BASE, precision, new Settings(Objective.ofTeacher(), Optimizer.ofDecay(0)));
        graph.freezeBase(base);
        graph.trainHeads(InitialWeights.heads(config, BASE, base.get(0), 3), config);
        return graph;
    }
}
