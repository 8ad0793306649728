package dev.hydra.hub;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BytesTest {

    @ParameterizedTest
    @CsvSource({
        "0, 0 bytes",
        "999, 999 bytes",
        "1000, 1.0 KB",
        "999_949, 999.9 KB",
        "999_950, 1.0 MB",
        "4_279_000_000, 4.3 GB",
        "9_223_372_036_854_775_807, 9.2 EB"
    })
    void choosesAUnitThatLeavesFewDigits(String bytes, String text) {
        assertThat(Bytes.text(Long.parseLong(bytes.replace("_", "")))).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({"0, 0 s", "59, 59 s", "60, 1 min 0 s", "3599, 59 min 59 s", "3600, 1 h 0 min", "90061, 25 h 1 min"})
    void saysATimeToTheSecond(long seconds, String text) {
        assertThat(Bytes.time(Duration.ofSeconds(seconds))).isEqualTo(text);
    }
}
