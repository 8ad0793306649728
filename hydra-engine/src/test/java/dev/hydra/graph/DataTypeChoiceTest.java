package dev.hydra.graph;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class DataTypeChoiceTest {
    @ParameterizedTest
    @EnumSource
    void takesWhatIsAsked(DataType type) {
        assertThat(DataTypeChoice.of(type, "cpu")).isEqualTo(new DataTypeChoice(type, "as asked"));
    }

    @Test
    void choosesFloat32OnACpu() {
        assertThat(DataTypeChoice.of(null, "cpu").type()).isEqualTo(DataType.FLOAT32);
    }

    @ParameterizedTest
    @CsvSource({"61, FLOAT16", "75, FLOAT16", "80, BFLOAT16", "90, BFLOAT16", "120, BFLOAT16", "'', BFLOAT16"})
    void choosesWhatAGpuMultiplies(String capability, DataType expected) {
        assertThat(DataTypeChoice.ofGpu(capability).type()).isEqualTo(expected);
    }
}
