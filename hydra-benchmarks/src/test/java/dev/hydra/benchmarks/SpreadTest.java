package dev.hydra.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class SpreadTest {
    @Test
    void takesTheMiddleOfAnOddNumber() {
        assertThat(Spread.of(List.of(9.0, 1.0, 2.0))).isEqualTo(new Spread(2, 1, 9));
    }

    @Test
    void takesTheMeanOfTheTwoInTheMiddleOfAnEvenNumber() {
        assertThat(Spread.of(List.of(4.0, 1.0, 9.0, 2.0))).isEqualTo(new Spread(3, 1, 9));
    }

    @Test
    void keepsFourDigits() {
        assertThat(Spread.of(List.of(0.0123456)).median()).isEqualTo(0.01235);
    }

    @Test
    void readsItsOwnDigitsWhereTheyAreWrittenWithAComma() {
        Locale before = Locale.getDefault();
        Locale.setDefault(Locale.GERMANY);
        try {
            assertThat(Spread.of(List.of(0.0123456)).median()).isEqualTo(0.01235);
        } finally {
            Locale.setDefault(before);
        }
    }

    @Test
    void refusesNoMeasurements() {
        assertThatIllegalArgumentException().isThrownBy(() -> Spread.of(List.of()));
    }
}
