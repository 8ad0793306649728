package dev.hydra.sampling;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The statistic is the textbook's. */
class GoodnessOfFitTest {
    private static final Offset<Double> TABLE = Offset.offset(1e-6);

    @ParameterizedTest
    @CsvSource({
        "1, 3.841458820694124, 0.05",
        "1, 10.827566170662733, 0.001",
        "4, 0.7107230213973239, 0.95",
        "10, 18.307038053275146, 0.05",
        "19, 30.14352720564616, 0.05",
        "60, 99.60723305, 0.001"
    })
    void agreesWithTables(int degrees, double value, double expected) {
        assertThat(GoodnessOfFit.upperTail(degrees, value)).isCloseTo(expected, TABLE);
    }

    @Test
    void rejectsFairDrawsAsOftenAsItSays() {
        Random random = new Random(5);
        double[] probabilities = {0.5, 0.25, 0.125, 0.1249, 0.0001};
        int rejected = 0;
        for (int experiment = 0; experiment < 2000; experiment++) {
            long[] counts = new long[probabilities.length];
            for (int draw = 0; draw < 1000; draw++) {
                double left = random.nextDouble();
                int cell = 0;
                while (left >= probabilities[cell] && cell < counts.length - 1) {
                    left -= probabilities[cell++];
                }
                counts[cell]++;
            }
            rejected += GoodnessOfFit.pValue(counts, probabilities) < 0.1 ? 1 : 0;
        }
        // 200 expected, with a standard deviation of 13
        assertThat(rejected).isBetween(150, 250);
    }

    @Test
    void rejectsWhatIsImpossible() {
        assertThat(GoodnessOfFit.pValue(new long[] {1000, 1}, new double[] {1, 0}))
                .isZero();
        assertThat(GoodnessOfFit.pValue(new long[] {1000, 0}, new double[] {1, 0}))
                .isEqualTo(1);
    }
}
