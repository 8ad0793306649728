package dev.hydra.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import org.junit.jupiter.api.Test;

class LibtorchTest {

    /** Numbers, four bytes each, that no machine has the address space for. */
    private static final long TOO_MANY = 1L << 50;

    @Test
    void turnsTheEndOfTheDevicesMemoryIntoJavasError() {
        try (NDManager manager = Libtorch.engine().newBaseManager()) {
            EngineException end = catchThrowableOfType(EngineException.class, () -> manager.zeros(new Shape(TOO_MANY)));

            assertThatExceptionOfType(OutOfMemoryError.class)
                    .isThrownBy(() -> Libtorch.failure(end))
                    .withMessageContaining("allocate")
                    .withCause(end);
        }
    }

    @Test
    void saysInOneLineWhatElseWentWrong() {
        EngineException failure = new EngineException("the device is on fire\nat line 1\nat line 2");

        assertThat(Libtorch.failure(failure))
                .hasMessage("libtorch failed while it took the model's weights: the device is on fire; expected it to"
                        + " hold them")
                .hasCause(failure);
    }
}
