package dev.hydra.spring.chat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hydra.Hydra;
import dev.hydra.HydraOptions;
import dev.hydra.checkpoint.GenerationDefaults;
import dev.hydra.sampling.AcceptanceRule;
import dev.hydra.sampling.Exact;
import dev.hydra.sampling.Typical;
import dev.hydra.spring.Reciter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.ai.chat.prompt.Prompt;

/** Requests over the model's options, over what its files say. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HydraChatModelDefaultsTest {

    private static final String FOR_EVER = "count: 0";
    private static final String LIKELIEST = "1234567890".repeat(4);
    private static final double HOT = 20;

    @TempDir
    Path folder;

    private Hydra hydra;

    @AfterEach
    void close() {
        hydra.close();
    }

    @Test
    void drawsWhereTheFilesSaySo() throws IOException {
        HydraChatModel model = open("{\"do_sample\": true, \"temperature\": 20.0}", new Exact());

        assertThat(model.getOptions().getTemperature()).isEqualTo(HOT);
        assertThat(ask(model, seeded()))
                .isEqualTo(ask(model, seeded().temperature(HOT)))
                .isNotEqualTo(LIKELIEST);
        assertThat(ask(model, seeded().temperature(0.0))).isEqualTo(LIKELIEST);
    }

    @Test
    void drawsAtOneWhereTheFilesNameNoTemperature() throws IOException {
        assertThat(open("{\"do_sample\": true}", new Exact()).getOptions().getTemperature())
                .isEqualTo(1);
    }

    @Test
    void takesTheLikeliestTokenWhereTheFilesDoNotSaySo() throws IOException {
        HydraChatModel model = open("{\"temperature\": 20.0, \"top_k\": 2}", new Exact());

        assertThat(model.getOptions().getTemperature()).isNull();
        assertThat(ask(model, seeded())).isEqualTo(LIKELIEST);
        // what may be drawn counts as soon as somebody wants to draw
        assertThat(ask(model, seeded().temperature(HOT)))
                .isEqualTo(ask(model, seeded().temperature(HOT).topK(2)))
                .isNotEqualTo(ask(model, seeded().temperature(HOT).topK(0)));
    }

    @Test
    void prefersItsOwnOptionsToTheFiles() throws IOException {
        HydraChatModel files = open(
                "{\"do_sample\": true, \"temperature\": 0.6, \"top_p\": 0.9, \"top_k\": 20, \"min_p\": 0.1,"
                        + " \"repetition_penalty\": 1.05, \"max_new_tokens\": 7}",
                new Exact());
        HydraChatModel model = HydraChatModel.builder(hydra)
                .options(HydraChatOptions.builder()
                        .temperature(0.0)
                        .topP(0.5)
                        .maxTokens(5)
                        .build())
                .build();

        assertThat(files.getOptions())
                .isEqualTo(HydraChatOptions.builder()
                        .model(Reciter.NAME)
                        .temperature(0.6)
                        .topP(0.9)
                        .topK(20)
                        .minP(0.1)
                        .repetitionPenalty(1.05)
                        .maxTokens(7)
                        .build());
        assertThat(model.getOptions())
                .isEqualTo(files.getOptions()
                        .mutate()
                        .temperature(0.0)
                        .topP(0.5)
                        .maxTokens(5)
                        .build());
        assertThat(model.call("count: 0")).isEqualTo("12345");
    }

    @Test
    void penalisesRepetitionAlsoWithoutDrawing() throws IOException {
        HydraChatModel model = open("{\"repetition_penalty\": 100.0}", new Exact());

        assertThat(model.call("9876543210")).doesNotStartWith("1");
    }

    @Test
    void keepsTheTemperatureAloneUnderTypicalAcceptance() throws IOException {
        HydraChatModel model = open(
                "{\"do_sample\": true, \"temperature\": 0.7, \"top_p\": 0.8, \"top_k\": 20, \"repetition_penalty\": 1.05}",
                Typical.standard());

        assertThat(model.getOptions())
                .isEqualTo(HydraChatOptions.builder()
                        .model(Reciter.NAME)
                        .temperature(0.7)
                        .maxTokens(HydraChatModel.DEFAULT_MAX_TOKENS)
                        .build());
        assertThat(model.call("say x")).isEqualTo("yz");
    }

    private HydraChatModel open(String generationConfig, AcceptanceRule acceptance) throws IOException {
        HydraOptions options = Reciter.options(folder).acceptance(acceptance).build();
        Files.writeString(options.model().resolve(GenerationDefaults.FILE), generationConfig);
        hydra = Hydra.open(options);
        return HydraChatModel.builder(hydra).build();
    }

    private static HydraChatOptions.Builder seeded() {
        return HydraChatOptions.builder().seed(7L).maxTokens(40);
    }

    private static String ask(HydraChatModel model, HydraChatOptions.Builder options) {
        return model.call(new Prompt(FOR_EVER, options.build()))
                .getResult()
                .getOutput()
                .getText();
    }
}
