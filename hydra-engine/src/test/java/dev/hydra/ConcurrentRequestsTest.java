package dev.hydra;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.hydra.checkpoint.HeadsConfig;
import dev.hydra.checkpoint.HeadsKind;
import dev.hydra.decode.Completion;
import dev.hydra.decode.DecodeStatistics;
import dev.hydra.decode.FinishReason;
import dev.hydra.draft.DecodingMode;
import dev.hydra.sampling.SamplingOptions;
import dev.hydra.sampling.Typical;
import dev.hydra.schedule.Generation;
import dev.hydra.schedule.GenerationListener;
import dev.hydra.schedule.GenerationRequest;
import dev.hydra.text.TextRun;
import dev.hydra.tree.TreeShape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Requests that are decoded together get the answers that each would get alone, and share nothing but the time. */
@Timeout(300)
class ConcurrentRequestsTest {
    private static final int ROWS = 3;
    private static final int REQUESTS = 40;

    @TempDir
    static Path folder;

    private static Path base;
    private static List<Path> heads;
    private static Hydra alone;

    @BeforeAll
    static void open() {
        base = TinyModel.writeBase(folder.resolve("base"), 5);
        heads = List.of(
                TinyModel.writeHeads(folder.resolve("hydra"), 3),
                TinyHeads.seeded(4, TinyModel.config(), new HeadsConfig(HeadsKind.MEDUSA, 4, 1, "tiny"))
                        .write(folder.resolve("medusa")));
        alone = Hydra.open(HydraOptions.builder(base).rows(1).build());
    }

    @AfterAll
    static void close() {
        alone.close();
    }

    private static HydraOptions.Builder options() {
        return HydraOptions.builder(base).heads(heads).rows(ROWS).positions(256).promptChunk(16);
    }

    @Test
    void everyRequestGetsTheAnswerThatItGetsAlone() throws InterruptedException {
        Random random = new Random(17);
        List<GenerationRequest> requests = new ArrayList<>();
        for (int at = 0; at < REQUESTS; at++) {
            requests.add(randomRequest(random));
        }
        AtomicInteger most = new AtomicInteger();
        List<Completion> answers = new ArrayList<>();
        DecodeStatistics total;
        try (Hydra hydra = Hydra.open(options().build())) {
            GenerationListener listener = new GenerationListener() {
                @Override
                public void text(List<TextRun> runs) {
                    most.accumulateAndGet(hydra.active(), Math::max);
                }
            };
            List<Generation> generations = new ArrayList<>();
            for (GenerationRequest request : requests) {
                generations.add(hydra.generate(request, listener));
                if (random.nextInt(4) == 0) {
                    Thread.sleep(random.nextInt(12));
                }
            }
            for (Generation generation : generations) {
                answers.add(generation.await());
            }
            total = hydra.statistics();
        }
        DecodeStatistics sum = DecodeStatistics.none();
        for (int at = 0; at < REQUESTS; at++) {
            GenerationRequest request = requests.get(at);
            Completion expected = alone.generate(
                            request.withMode(DecodingMode.PLAIN).withTree(null))
                    .await();
            assertThat(answers.get(at).tokens()).as("request %d", at).isEqualTo(expected.tokens());
            assertThat(answers.get(at).text()).isEqualTo(expected.text());
            assertThat(answers.get(at).reason()).isEqualTo(expected.reason());
            sum = sum.plus(answers.get(at).statistics());
        }
        assertThat(most).hasValue(ROWS);
        assertThat(total.generatedTokens()).isEqualTo(sum.generatedTokens());
        assertThat(total.steps()).isEqualTo(sum.steps());
        assertThat(total.accepted()).isEqualTo(sum.accepted());
        assertThat(total.generatedTokens())
                .isEqualTo(total.requests()
                        + total.steps()
                        + total.accepted().stream().mapToLong(Long::longValue).sum());
    }

    @Test
    void aCallerThatFailsHurtsNoOther() throws InterruptedException {
        List<Integer> prompt = alone.tokenizer().encode("one two three");
        GenerationRequest request = GenerationRequest.of(prompt).withMaximumTokens(40);
        GenerationListener failing = new GenerationListener() {
            @Override
            public void text(List<TextRun> runs) {
                throw new IllegalStateException("no more");
            }
        };
        try (Hydra hydra = Hydra.open(options().build())) {
            Generation one = hydra.generate(request);
            Generation bad = hydra.generate(request, failing);
            Generation other = hydra.generate(request);
            assertThatExceptionOfType(IllegalStateException.class)
                    .isThrownBy(bad::await)
                    .withMessageContaining("no more");
            Completion expected = alone.generate(request).await();
            assertThat(one.await().tokens()).isEqualTo(expected.tokens());
            assertThat(other.await().tokens()).isEqualTo(expected.tokens());
            assertThat(hydra.generate(request).await().tokens()).isEqualTo(expected.tokens());
        }
    }

    @Test
    void oneIsCancelledAndTheOthersGoOn() throws InterruptedException {
        List<Integer> prompt = alone.tokenizer().encode("one two three");
        GenerationRequest request = GenerationRequest.of(prompt).withMaximumTokens(120);
        CountDownLatch started = new CountDownLatch(1);
        GenerationListener listener = new GenerationListener() {
            @Override
            public void text(List<TextRun> runs) {
                started.countDown();
            }
        };
        try (Hydra hydra = Hydra.open(options().build())) {
            Generation cancelled = hydra.generate(request, listener);
            Generation other = hydra.generate(request);
            assertThat(started.await(60, TimeUnit.SECONDS)).isTrue();
            cancelled.cancel();
            Completion whole = alone.generate(request).await();
            Completion part = cancelled.await();
            assertThat(whole.tokens()).startsWith(part.tokens().toArray(Integer[]::new));
            assertThat(other.await().tokens()).isEqualTo(whole.tokens());
        }
    }

    @Test
    void closingCancelsAllThatAreDecodedTogether() throws InterruptedException {
        List<Integer> prompt = alone.tokenizer().encode("one two three");
        GenerationRequest request = GenerationRequest.of(prompt).withMaximumTokens(200);
        List<Generation> generations = new ArrayList<>();
        try (Hydra hydra = Hydra.open(options().build())) {
            for (int at = 0; at < 2 * ROWS; at++) {
                generations.add(hydra.generate(request));
            }
        }
        for (Generation generation : generations) {
            assertThat(generation.await().reason()).isIn(FinishReason.CANCELLED, FinishReason.LENGTH);
        }
        assertThat(generations.get(2 * ROWS - 1).await().reason()).isEqualTo(FinishReason.CANCELLED);
    }

    @Test
    void refusesWhatTheModelDoesNotHave() {
        GenerationRequest request = GenerationRequest.of(List.of(1, 2, 3));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> alone.generate(request.withMode(DecodingMode.MEDUSA)))
                .withMessageStartingWith("mode is medusa; this model decodes in [plain]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> alone.generate(request.withTree(TreeShape.named("chain-4"))))
                .withMessageStartingWith("the tree has 4 nodes below the root; plain decoding drafts none");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> alone.generate(request.withSampling(SamplingOptions.builder()
                        .logitBias(Map.of(TinyModel.VOCABULARY, 1.0))
                        .build())))
                .withMessageStartingWith("the logit bias has token 705; the model knows tokens 0..704");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> request.withSampling(
                                SamplingOptions.builder().temperature(1).topK(3).build())
                        .withAcceptance(Typical.standard()))
                .withMessageStartingWith("typical acceptance goes with a temperature alone");
        try (Hydra hydra = Hydra.open(options().build())) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() ->
                            hydra.generate(request.withMode(DecodingMode.HYDRA).withTree(TreeShape.named("chain-4"))))
                    .withMessageStartingWith("the tree is 4 levels deep; there are 3 draft heads");
        }
    }

    @Test
    void refusesTwoSetsOfHeadsForOneMode() {
        List<Path> twice = List.of(heads.get(0), heads.get(0));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Hydra.open(options().heads(twice).build()))
                .withMessageStartingWith("two sets of heads, [HYDRA, HYDRA], draft in mode HYDRA");
    }

    private static GenerationRequest randomRequest(Random random) {
        List<Integer> prompt = random.ints(1 + random.nextInt(60), 0, TinyModel.VOCABULARY)
                .boxed()
                .toList();
        DecodingMode mode = DecodingMode.values()[random.nextInt(3)];
        SamplingOptions.Builder sampling = SamplingOptions.builder().seed(random.nextLong());
        if (random.nextBoolean()) {
            sampling.temperature(0.2 + random.nextDouble());
        }
        if (random.nextInt(3) == 0) {
            sampling.topP(0.9).repetitionPenalty(1.1);
        }
        GenerationRequest request = GenerationRequest.of(prompt)
                .withMaximumTokens(1 + random.nextInt(60))
                .withMode(mode)
                .withSampling(sampling.build());
        return mode != DecodingMode.PLAIN && random.nextBoolean()
                ? request.withTree(TreeShape.named("default").within(1 + random.nextInt(3), 9))
                : request;
    }
}
