package dev.hydra.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hydra.checkpoint.HeadsKind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine.TypeConversionException;

class TrainDemoModelTest {

    @ParameterizedTest
    @CsvSource({"hydra,HYDRA", "medusa,MEDUSA", "hydra-plus-plus,HYDRA_PLUS_PLUS"})
    void understandsEveryKindOfHeads(String name, HeadsKind kind) {
        assertThat(TrainDemoModel.kind(name)).isEqualTo(kind);
    }

    @Test
    void saysWhichKindsThereAre() {
        assertThatThrownBy(() -> TrainDemoModel.kind("hydra++"))
                .isInstanceOf(TypeConversionException.class)
                .hasMessage("no heads are called 'hydra++'; expected hydra, medusa or hydra-plus-plus");
    }
}
