package dev.hydra.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GenerationDefaultsTest {
    private static final GenerationDefaults NOTHING = new GenerationDefaults(
            false,
            OptionalDouble.empty(),
            OptionalInt.empty(),
            OptionalDouble.empty(),
            OptionalDouble.empty(),
            OptionalDouble.empty(),
            OptionalInt.empty());

    @TempDir
    Path folder;

    @Test
    void sayNothingWithoutAFile() {
        assertThat(GenerationDefaults.read(folder)).isEqualTo(NOTHING);
    }

    @Test
    void passOverWhatHasNoMeaningHere() throws IOException {
        assertThat(read("""
                        {"_from_model_config": true, "bos_token_id": 1, "eos_token_id": [2, 3], "pad_token_id": null, "max_length": 4096,
                         "transformers_version": "4.43.0", "num_beams": 1, "temperature": null, "top_k": null}""")).isEqualTo(NOTHING);
    }

    @Test
    void readWhatAModelIsToBeSampledBy() throws IOException {
        GenerationDefaults defaults = read("""
                {"do_sample": true, "repetition_penalty": 1.05, "temperature": 0.7, "top_p": 0.8, "top_k": 20, "min_p": 0.0,
                 "max_new_tokens": 2048}""");
        assertThat(defaults)
                .isEqualTo(new GenerationDefaults(
                        true,
                        OptionalDouble.of(0.7),
                        OptionalInt.of(20),
                        OptionalDouble.of(0.8),
                        OptionalDouble.of(0),
                        OptionalDouble.of(1.05),
                        OptionalInt.of(2048)));
    }

    @Test
    void keepATemperatureThatNobodySamplesAt() throws IOException {
        GenerationDefaults defaults = read("{\"temperature\": 0.9, \"top_p\": 0.6, \"max_length\": 4096}");
        assertThat(defaults.sampled()).isFalse();
        assertThat(defaults.temperature()).hasValue(0.9);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {"do_sample": "yes"}         | do_sample is "yes"; expected true or false
            {"temperature": -0.1}        | temperature is -0.1; expected 0, or 0.0001 to 100
            {"temperature": 1e-5}        | temperature is 1e-5; expected 0, or 0.0001 to 100
            {"temperature": 101}         | temperature is 101; expected 0, or 0.0001 to 100
            {"temperature": "0.7"}       | temperature is "0.7"; expected a number
            {"top_k": -1}                | top_k is -1; expected a whole number, 0 or more
            {"top_k": 1.5}               | top_k is 1.5; expected a whole number
            {"top_p": 0}                 | top_p is 0; expected more than 0, up to 1 for all tokens
            {"top_p": 1.01}              | top_p is 1.01; expected more than 0, up to 1 for all tokens
            {"min_p": 1}                 | min_p is 1; expected 0 for all tokens, up to less than 1
            {"repetition_penalty": 0}    | repetition_penalty is 0; expected 0.01 to 100, 1 for none
            {"repetition_penalty": []}   | repetition_penalty is []; expected a number
            {"max_new_tokens": 0}        | max_new_tokens is 0; expected a whole number above 0
            []                           | is a JSON list; expected a JSON object
            """)
    void nameTheFileAndWhatIsWrong(String json, String message) {
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> read(json))
                .withMessage("generation_config.json: " + message);
    }

    private GenerationDefaults read(String json) throws IOException {
        Files.writeString(folder.resolve(GenerationDefaults.FILE), json);
        return GenerationDefaults.read(folder);
    }
}
