package dev.hydra.spring.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.hydra.Hydra;
import dev.hydra.decode.DecodeStatistics;
import dev.hydra.draft.DecodingMode;
import dev.hydra.sampling.Typical;
import dev.hydra.spring.Reciter;
import dev.hydra.tree.TreeShape;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;

/** What the options that choose tokens, and the mode, do to an answer. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HydraChatModelSamplingTest {

    private static final String FOR_EVER = "count: 0";

    private static final TreeShape CHAIN = TreeShape.ofPaths(List.of(List.of(0, 0, 0)));

    /** At which about a third of the tokens are others than the reciter's likeliest. */
    private static final double HOT = 20;

    @TempDir
    static Path folder;

    private static Hydra hydra;
    private static HydraChatModel model;

    @BeforeAll
    static void open() {
        hydra = Hydra.open(Reciter.options(folder)
                .heads(List.of(Reciter.writeHeads(folder), Reciter.writeMedusaHeads(folder)))
                .rows(2)
                .build());
        model = HydraChatModel.builder(hydra)
                .options(HydraChatOptions.builder().maxTokens(40).build())
                .build();
    }

    @AfterAll
    static void close() {
        hydra.close();
    }

    @ParameterizedTest
    @EnumSource
    void saysTheSameInEveryMode(DecodingMode mode) {
        ChatResponse response = ask(FOR_EVER, HydraChatOptions.builder().mode(mode));

        assertThat(text(response)).isEqualTo("1234567890".repeat(4));
        double acceptanceLength = statistics(response).acceptanceLength();
        if (mode == DecodingMode.PLAIN) {
            assertThat(acceptanceLength).isEqualTo(1);
        } else {
            assertThat(acceptanceLength).isGreaterThan(2);
        }
    }

    @ParameterizedTest
    @EnumSource
    void seedIsReproducible(DecodingMode mode) {
        HydraChatOptions.Builder seeded =
                HydraChatOptions.builder().temperature(HOT).seed(7L);

        String drawn = text(ask(FOR_EVER, seeded.clone().mode(mode)));

        assertThat(drawn)
                .isEqualTo(text(ask(FOR_EVER, seeded)))
                .isEqualTo(text(ask(FOR_EVER, seeded.clone().mode(mode))))
                .isNotEqualTo(text(ask(FOR_EVER, HydraChatOptions.builder())));
    }

    @Test
    void saysTheSameByEveryTree() {
        ChatResponse wide = ask(FOR_EVER, HydraChatOptions.builder());
        ChatResponse shallow = ask(FOR_EVER, HydraChatOptions.builder().tree(CHAIN.within(1, CHAIN.size())));
        ChatResponse single = ask(FOR_EVER, HydraChatOptions.builder().tree(TreeShape.single()));

        assertThat(text(shallow)).isEqualTo(text(wide));
        assertThat(text(single)).isEqualTo(text(wide));
        assertThat(statistics(wide).accepted()).hasSize(3);
        assertThat(statistics(shallow).accepted()).hasSize(1);
        assertThat(statistics(shallow).acceptanceLength()).isGreaterThan(1.5).isLessThanOrEqualTo(2);
        assertThat(statistics(single).acceptanceLength()).isEqualTo(1);
    }

    @Test
    void keepsWhatIsTypicalWhereTheRequestAsksForIt() {
        HydraChatOptions.Builder typical =
                HydraChatOptions.builder().acceptance(Typical.standard()).temperature(HOT);

        assertThat(text(ask(FOR_EVER, typical))).isEqualTo(text(ask(FOR_EVER, typical)));
        assertThat(text(ask(FOR_EVER, HydraChatOptions.builder().temperature(HOT))))
                .isNotEqualTo(text(ask(FOR_EVER, HydraChatOptions.builder().temperature(HOT))));
    }

    @Test
    void asksForTypicalAcceptanceOfAModelThatIsCutByDefault() {
        HydraChatModel cutting = HydraChatModel.builder(hydra)
                .options(HydraChatOptions.builder().maxTokens(20).topK(3).build())
                .build();
        HydraChatOptions typical = HydraChatOptions.builder()
                .acceptance(Typical.standard())
                .temperature(0.7)
                .build();

        assertThat(text(cutting.call(new Prompt(FOR_EVER, typical)))).isEqualTo("1234567890".repeat(2));
    }

    @Test
    void drawsAnotherAnswerWithAnotherSeed() {
        Set<String> drawn = new HashSet<>();
        for (long seed = 0; seed < 5; seed++) {
            drawn.add(text(
                    ask(FOR_EVER, HydraChatOptions.builder().temperature(HOT).seed(seed))));
        }

        assertThat(drawn).hasSize(5);
    }

    @Test
    void drawsAnotherAnswerEveryTimeWithoutASeed() {
        Set<String> drawn = new HashSet<>();
        for (int time = 0; time < 5; time++) {
            drawn.add(text(ask(FOR_EVER, HydraChatOptions.builder().temperature(HOT))));
        }

        assertThat(drawn).hasSize(5);
    }

    @Test
    void streamsWhatItDraws() {
        HydraChatOptions.Builder seeded =
                HydraChatOptions.builder().temperature(HOT).seed(3L);

        List<ChatResponse> chunks =
                model.stream(new Prompt(FOR_EVER, seeded.build())).collectList().block();

        assertThat(chunks.stream().map(HydraChatModelSamplingTest::text).collect(Collectors.joining()))
                .isEqualTo(text(ask(FOR_EVER, seeded)));
    }

    @Test
    void temperatureZeroIsDeterministic() {
        String likeliest = text(ask(FOR_EVER, HydraChatOptions.builder()));

        assertThat(text(ask(
                        FOR_EVER,
                        HydraChatOptions.builder().topK(200).topP(0.99).minP(0.001))))
                .isEqualTo(likeliest);
        assertThat(text(ask(
                        FOR_EVER, HydraChatOptions.builder().temperature(0.0).seed(9L))))
                .isEqualTo(likeliest);
    }

    static List<UnaryOperator<HydraChatOptions.Builder>> cuts() {
        return List.of(options -> options.topK(1), options -> options.topP(0.01), options -> options.minP(0.99));
    }

    @ParameterizedTest
    @MethodSource("cuts")
    void drawsOnlyWhatIsNotCut(UnaryOperator<HydraChatOptions.Builder> cut) {
        assertThat(text(ask(FOR_EVER, cut.apply(HydraChatOptions.builder().temperature(HOT)))))
                .isEqualTo("1234567890".repeat(4));
    }

    @Test
    void saysWhatTheBiasForces() {
        assertThat(text(ask(
                        FOR_EVER,
                        HydraChatOptions.builder()
                                .logitBias(Map.of((int) '!', 1000.0))
                                .maxTokens(5))))
                .isEqualTo("!!!!!");
    }

    @Test
    void neverSaysWhatTheBiasForbids() {
        HydraChatOptions.Builder forbidden = HydraChatOptions.builder().logitBias(Map.of((int) '5', -1000.0));

        assertThat(text(ask(FOR_EVER, forbidden))).startsWith("1234").doesNotContain("5");
        assertThat(text(ask(FOR_EVER, forbidden.temperature(HOT).seed(1L)))).doesNotContain("5");
    }

    @Test
    void saysNothingTwiceUnderPenalties() {
        assertThat(text(ask(FOR_EVER, HydraChatOptions.builder().presencePenalty(100.0))))
                .startsWith("123456789")
                .doesNotStartWith("12345678901");
        assertThat(text(ask(FOR_EVER, HydraChatOptions.builder().frequencyPenalty(100.0))))
                .doesNotStartWith("12345678901");
        // the prompt counts here
        assertThat(text(ask("9876543210", HydraChatOptions.builder().repetitionPenalty(100.0))))
                .doesNotStartWith("1");
    }

    @Test
    void startsFromTheModelsOwnOptions() {
        HydraChatModel seeded = HydraChatModel.builder(hydra)
                .options(HydraChatOptions.builder()
                        .maxTokens(40)
                        .temperature(HOT)
                        .seed(7L)
                        .mode(DecodingMode.MEDUSA)
                        .build())
                .build();
        String drawn =
                text(ask(FOR_EVER, HydraChatOptions.builder().temperature(HOT).seed(7L)));

        assertThat(seeded.call(FOR_EVER)).isEqualTo(drawn);
        assertThat(text(seeded.call(
                        new Prompt(FOR_EVER, ChatOptions.builder().topK(0).build()))))
                .isEqualTo(drawn);
        assertThat(text(seeded.call(new Prompt(
                        FOR_EVER,
                        HydraChatOptions.builder().mode(DecodingMode.PLAIN).build()))))
                .isEqualTo(drawn);
        assertThat(text(seeded.call(new Prompt(
                        FOR_EVER, ChatOptions.builder().temperature(0.0).build()))))
                .isEqualTo("1234567890".repeat(4));
    }

    static Stream<Arguments> unusable() {
        return Stream.of(
                Arguments.of(HydraChatOptions.builder().temperature(-0.5), "temperature is -0.5"),
                Arguments.of(HydraChatOptions.builder().temperature(Double.NaN), "temperature is NaN"),
                Arguments.of(HydraChatOptions.builder().topK(-1), "top-k is -1"),
                Arguments.of(HydraChatOptions.builder().topP(1.5), "top-p is 1.5"),
                Arguments.of(HydraChatOptions.builder().minP(1.0), "min-p is 1.0"),
                Arguments.of(HydraChatOptions.builder().repetitionPenalty(0.0), "repetition penalty is 0.0"),
                Arguments.of(HydraChatOptions.builder().frequencyPenalty(1000.0), "frequency penalty is 1000.0"),
                Arguments.of(HydraChatOptions.builder().presencePenalty(-1000.0), "presence penalty is -1000.0"),
                Arguments.of(
                        HydraChatOptions.builder().logitBias(Map.of(3, Double.POSITIVE_INFINITY)),
                        "logit bias of token 3 is Infinity"),
                Arguments.of(HydraChatOptions.builder().logitBias(Map.of(1_000_000, 1.0)), "token 1000000"),
                Arguments.of(
                        HydraChatOptions.builder().tree(TreeShape.named("chain-4")),
                        "the tree is 4 levels deep; there are 3 draft heads"),
                Arguments.of(
                        HydraChatOptions.builder().tree(CHAIN).mode(DecodingMode.PLAIN),
                        "the tree has 3 nodes below the root; plain decoding drafts none"),
                Arguments.of(
                        HydraChatOptions.builder()
                                .acceptance(Typical.standard())
                                .temperature(0.7)
                                .topK(3),
                        "typical acceptance goes with a temperature alone, not with top-k"));
    }

    @ParameterizedTest
    @MethodSource("unusable")
    void namesTheOptionThatIsUnusable(HydraChatOptions.Builder options, String message) {
        assertThatIllegalArgumentException().isThrownBy(() -> ask("a", options)).withMessageContaining(message);
    }

    @Test
    void refusesUnusableOptionsOfItsOwnAtOnce() {
        HydraChatModel.Builder builder = HydraChatModel.builder(hydra)
                .options(HydraChatOptions.builder().topP(0.0).build());

        assertThatIllegalArgumentException().isThrownBy(builder::build).withMessageContaining("top-p is 0.0");
    }

    @Test
    void refusesAModeThatThereAreNoHeadsFor(@TempDir Path other) {
        try (Hydra without = Reciter.open(other)) {
            HydraChatModel lacking = HydraChatModel.builder(without).build();
            Prompt prompt = new Prompt(
                    "say x",
                    HydraChatOptions.builder().mode(DecodingMode.MEDUSA).build());

            assertThatIllegalArgumentException()
                    .isThrownBy(() -> lacking.call(prompt))
                    .withMessageContaining("mode is medusa; this model decodes in [plain, hydra]");
        }
    }

    @Test
    void refusesWhatTypicalAcceptanceDoesNotGoWith(@TempDir Path other) {
        try (Hydra typical =
                Hydra.open(Reciter.options(other).acceptance(Typical.standard()).build())) {
            HydraChatModel loose = HydraChatModel.builder(typical).build();
            HydraChatOptions cut =
                    HydraChatOptions.builder().temperature(0.7).topP(0.9).build();

            assertThat(text(loose.call(new Prompt(
                            "say x", HydraChatOptions.builder().temperature(0.7).build()))))
                    .isEqualTo("yz");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> loose.call(new Prompt("say x", cut)))
                    .withMessageContaining("typical acceptance");
            assertThatIllegalArgumentException()
                    .isThrownBy(
                            () -> HydraChatModel.builder(typical).options(cut).build())
                    .withMessageContaining("typical acceptance");
        }
    }

    @Test
    void answersConcurrentRequestsEachItsOwnWhateverTheyAskFor() throws Exception {
        List<HydraChatOptions.Builder> asked = IntStream.range(0, 24)
                .mapToObj(request -> HydraChatOptions.builder()
                        .mode(DecodingMode.values()[request % 3])
                        .temperature(request % 2 == 0 ? 0 : HOT)
                        .seed((long) request)
                        .repetitionPenalty(request % 5 == 0 ? 1.5 : null))
                .toList();
        List<String> alone =
                asked.stream().map(options -> text(ask(FOR_EVER, options))).toList();

        ExecutorService callers = Executors.newFixedThreadPool(8);
        try {
            List<Future<String>> together = callers.invokeAll(asked.stream()
                    .map(options -> (Callable<String>) () -> text(ask(FOR_EVER, options)))
                    .toList());
            for (int request = 0; request < asked.size(); request++) {
                assertThat(together.get(request).get())
                        .as("request %d", request)
                        .isEqualTo(alone.get(request));
            }
        } finally {
            callers.shutdownNow();
        }
    }

    private static ChatResponse ask(String prompt, HydraChatOptions.Builder options) {
        return model.call(new Prompt(prompt, options.build()));
    }

    private static String text(ChatResponse response) {
        return response.getResult().getOutput().getText();
    }

    private static DecodeStatistics statistics(ChatResponse response) {
        return (DecodeStatistics) response.getMetadata().getUsage().getNativeUsage();
    }
}
