package dev.hydra;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hydra.UnsuitableOptionException.Subject;
import org.junit.jupiter.api.Test;

class UnsuitableOptionExceptionTest {

    @Test
    void blamesTheOptionsThatTakeMemoryForItsEnd() {
        UnsuitableOptionException end = UnsuitableOptionException.of(new OutOfMemoryError("Java heap space"));

        assertThat(end.subject()).isEqualTo(Subject.MEMORY);
        assertThat(end)
                .hasMessage(
                        "the memory ended while the model was opened: Java heap space; expected room for what 'hydra"
                                + " inspect' prints");
    }
}
