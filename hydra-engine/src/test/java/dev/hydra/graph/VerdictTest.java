package dev.hydra.graph;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hydra.Rig;
import dev.hydra.TinyLlama;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class VerdictTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource(DataType.class)
    void copiesScoresAndHiddenRowsOfEveryTypeToTheHost(DataType type) {
        TinyLlama tiny = TinyLlama.seeded(51);
        try (Rig rig = new Rig(new GraphOptions("cpu", type, 1, 16), tiny.write(folder));
                Verdict verdict = rig.graph().prefill(List.of(0), List.of(0), List.of(List.of(1, 2, 3)))) {
            assertThat(verdict.scores(0, 0)).hasSize(tiny.config().vocabulary()).doesNotContain(0, Float.NaN);
            assertThat(verdict.hidden(0, 2)).hasSize(tiny.config().width()).doesNotContain(0, Float.NaN);
        }
    }
}
