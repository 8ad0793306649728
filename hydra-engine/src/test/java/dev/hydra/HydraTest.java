package dev.hydra;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hydra.UnsuitableOptionException.Subject;
import dev.hydra.checkpoint.Checkpoint;
import dev.hydra.checkpoint.CheckpointException;
import dev.hydra.decode.Completion;
import dev.hydra.decode.DecodeListener;
import dev.hydra.decode.DecodeStatistics;
import dev.hydra.decode.FinishReason;
import dev.hydra.draft.DecodingMode;
import dev.hydra.sampling.SamplingOptions;
import dev.hydra.schedule.Generation;
import dev.hydra.schedule.GenerationListener;
import dev.hydra.schedule.GenerationRequest;
import dev.hydra.schedule.PromptTooLongException;
import dev.hydra.schedule.QueueFullException;
import dev.hydra.text.ChatMessage;
import dev.hydra.text.TextRun;
import dev.hydra.tree.TreeShape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The engine as its callers meet it: a real tiny model, good requests and bad ones. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class HydraTest {
    private static final int POSITIONS = 128;
    private static final int LONG_ANSWER = 100;

    @TempDir
    private static Path folder;

    private static Path model;
    private static Path heads;
    private static Hydra hydra;

    @BeforeAll
    static void opens() throws IOException {
        model = TinyModel.writeBase(Files.createDirectory(folder.resolve("tiny")), 5);
        heads = TinyModel.writeHeads(folder.resolve("heads"), 4);
        hydra = Hydra.open(options().build());
    }

    @AfterAll
    static void closes() {
        hydra.close();
    }

    private static HydraOptions.Builder options() {
        return HydraOptions.builder(model).heads(heads).device("cpu").positions(POSITIONS);
    }

    private static List<Integer> prompt() {
        return hydra.tokenizer().encode("Once upon a time");
    }

    private static GenerationRequest request(int maximumTokens) {
        return GenerationRequest.of(prompt()).withMaximumTokens(maximumTokens);
    }

    private static Completion generate(GenerationRequest request) throws InterruptedException {
        return hydra.generate(request).await();
    }

    @Test
    void saysWhatTheReferenceSays() throws InterruptedException {
        Completion completion = generate(request(40));
        try (Checkpoint checkpoint = Checkpoint.open(model)) {
            assertThat(completion.tokens()).isEqualTo(ReferenceDecoder.generate(checkpoint, prompt(), 40));
        }
        assertThat(completion.text()).isEqualTo(hydra.tokenizer().decode(completion.tokens()));
        assertThat(completion.reason()).isEqualTo(FinishReason.LENGTH);
    }

    @Test
    void saysTheSameWithoutHeads() throws InterruptedException {
        Completion drafted = generate(request(60));
        try (Hydra plain = Hydra.open(
                HydraOptions.builder(model).device("cpu").positions(POSITIONS).build())) {
            Completion completion = plain.generate(request(60)).await();
            assertThat(completion.tokens()).isEqualTo(drafted.tokens());
            assertThat(completion.statistics().acceptanceLength()).isEqualTo(1.0);
            assertThat(plain.description().drafter().kind()).isEqualTo("none");
        }
    }

    @Test
    void streamsTheTextThatItReturns() throws InterruptedException {
        List<TextRun> runs = Collections.synchronizedList(new ArrayList<>());
        AtomicReference<Completion> finished = new AtomicReference<>();
        Generation generation = hydra.generate(request(50), new GenerationListener() {
            @Override
            public void text(List<TextRun> more) {
                runs.addAll(more);
            }

            @Override
            public void finished(Completion completion) {
                finished.set(completion);
            }
        });
        Completion completion = generation.await();
        assertThat(runs.stream().map(TextRun::text).collect(Collectors.joining()))
                .isEqualTo(completion.text());
        assertThat(runs.stream().map(TextRun::depth)).allMatch(depth -> depth >= 0 && depth <= 4);
        assertThat(finished).hasValue(completion);
        assertThat(generation.isDone()).isTrue();
    }

    @Test
    void endsBeforeAStopStringWhereverItStarts() throws InterruptedException {
        String text = generate(request(40)).text();
        for (int start = 1; start + 5 < text.length(); start += 7) {
            String stop = text.substring(start, start + 5);
            Completion completion = generate(request(40).withStopStrings(List.of(stop, "never said")));
            assertThat(completion.text()).isEqualTo(text.substring(0, text.indexOf(stop)));
            assertThat(completion.reason()).isEqualTo(FinishReason.STOP);
            assertThat(completion.statistics().generatedTokens())
                    .isEqualTo(completion.tokens().size());
        }
    }

    @Test
    void showsTheSpecialTokensThatARequestAsksFor() throws InterruptedException {
        int token = Objects.requireNonNull(hydra.tokenizer().id("<|im_start|>"));
        GenerationRequest forced = request(2)
                .withSampling(
                        SamplingOptions.builder().logitBias(Map.of(token, 1e6)).build());

        assertThat(generate(forced).tokens()).containsExactly(token, token);
        assertThat(generate(forced).text()).isEmpty();
        assertThat(generate(forced.withShownTokens(Set.of(token))).text()).isEqualTo("<|im_start|><|im_start|>");
    }

    @Test
    void rendersChats() {
        assertThat(hydra.chatTemplate().render(List.of(new ChatMessage("user", "Hello")), true))
                .isEqualTo("<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\n");
    }

    @Test
    void writesChatsInTheFormatOfItsOptions() {
        HydraOptions.Builder options = HydraOptions.builder(model).device("cpu").positions(POSITIONS);
        try (Hydra vicuna = Hydra.open(options.chatTemplate("vicuna").build())) {
            assertThat(vicuna.chatTemplate().render(List.of(new ChatMessage("user", "Hello")), true))
                    .endsWith(" USER: Hello ASSISTANT:");
        }
        assertThatThrownBy(() -> Hydra.open(options.chatTemplate("alpaca").build()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("alpaca");
    }

    @Test
    void givesAnEmptyAnswerOfNoTokens() throws InterruptedException {
        Completion completion = generate(request(0));
        assertThat(completion.tokens()).isEmpty();
        assertThat(completion.text()).isEmpty();
        assertThat(completion.reason()).isEqualTo(FinishReason.LENGTH);
        assertThat(completion.statistics()).isEqualTo(DecodeStatistics.none());
    }

    @Test
    void givesAnAnswerOfOneToken() throws InterruptedException {
        Completion completion = generate(request(1));
        assertThat(completion.tokens()).isEqualTo(generate(request(9)).tokens().subList(0, 1));
        assertThat(completion.reason()).isEqualTo(FinishReason.LENGTH);
        assertThat(completion.statistics().steps()).isZero();
    }

    @Test
    void rejectsAnEmptyPrompt() {
        assertThatThrownBy(() -> GenerationRequest.of(List.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("prompt is empty");
    }

    @Test
    void rejectsNegativeBudgetsAndEmptyStopStrings() {
        assertThatThrownBy(() -> request(-1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("maximum tokens are -1; expected 0 or more");
        assertThatThrownBy(() -> request(1).withStopStrings(List.of("")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("stop string is empty");
    }

    @Test
    void rejectsAPromptLongerThanTheCacheAndServesTheNext() throws InterruptedException {
        GenerationRequest tooLong = GenerationRequest.of(Collections.nCopies(POSITIONS + 1, 7));
        assertThatThrownBy(() -> hydra.generate(tooLong))
                .isInstanceOf(PromptTooLongException.class)
                .hasMessage("the prompt has 129 tokens; a cache row has 128 positions: shorten it or raise"
                        + " hydra.cache.positions");
        assertThat(generate(request(3)).tokens()).hasSize(3);
    }

    @Test
    void rejectsATokenThatTheModelDoesNotKnow() {
        assertThatThrownBy(() -> hydra.generate(GenerationRequest.of(List.of(1, TinyModel.VOCABULARY))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the prompt has token 705; the model knows tokens 0..704");
    }

    @Test
    void fillsTheCacheToItsLastPosition() throws InterruptedException {
        Completion full = generate(GenerationRequest.of(Collections.nCopies(POSITIONS, 7)));
        assertThat(full.tokens()).hasSize(1);
        assertThat(full.reason()).isEqualTo(FinishReason.LENGTH);
        Completion nearlyFull = generate(GenerationRequest.of(Collections.nCopies(POSITIONS - 10, 7)));
        assertThat(nearlyFull.tokens()).hasSize(11);
        assertThat(nearlyFull.reason()).isEqualTo(FinishReason.LENGTH);
    }

    @Test
    void keepsTheAnswerSoFarWhenCancelledAndServesTheNext() throws InterruptedException {
        AtomicReference<Generation> generation = new AtomicReference<>();
        CountDownLatch known = new CountDownLatch(1);
        generation.set(hydra.generate(request(LONG_ANSWER), new GenerationListener() {
            @Override
            public void text(List<TextRun> runs) {
                Latches.await(known);
                generation.get().cancel();
            }
        }));
        known.countDown();
        Completion completion = generation.get().await();
        assertThat(completion.reason()).isEqualTo(FinishReason.CANCELLED);
        assertThat(completion.tokens()).isNotEmpty().hasSizeLessThan(LONG_ANSWER);
        assertThat(generate(request(LONG_ANSWER)).tokens())
                .hasSize(LONG_ANSWER)
                .startsWith(completion.tokens().toArray(new Integer[0]));
    }

    @Test
    void rejectsWhatTheQueueCannotHoldAndForgetsTheCancelled() throws InterruptedException {
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        try (Hydra narrow = Hydra.open(options().rows(1).queue(2).build())) {
            Generation running = narrow.generate(request(5), Latches.holding(started, release));
            assertThat(started.await(1, TimeUnit.MINUTES)).isTrue();
            Generation first = narrow.generate(request(1));
            Generation second = narrow.generate(request(1));
            assertThat(narrow.queued()).isEqualTo(2);
            assertThat(narrow.active()).isEqualTo(1);
            assertThatThrownBy(() -> narrow.generate(request(1)))
                    .isInstanceOf(QueueFullException.class)
                    .hasMessageContaining("2 of 2 waiting requests")
                    .hasMessageContaining("hydra.scheduler.queue");
            second.cancel();
            assertThat(second.await().reason()).isEqualTo(FinishReason.CANCELLED);
            assertThat(second.await().tokens()).isEmpty();
            Generation third = narrow.generate(request(2));
            release.countDown();
            assertThat(running.await().tokens()).hasSize(5);
            assertThat(first.await().tokens()).hasSize(1);
            assertThat(third.await().tokens()).hasSize(2);
        }
    }

    @Test
    void reportsAListenerThatThrowsAndServesTheNext() throws InterruptedException {
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Generation generation = hydra.generate(request(9), new GenerationListener() {
            @Override
            public void text(List<TextRun> runs) {
                throw new IllegalStateException("the caller's own mistake");
            }

            @Override
            public void failed(Throwable error) {
                failure.set(error);
            }
        });
        assertThatThrownBy(generation::await).hasMessageContaining("the caller's own mistake");
        assertThat(failure.get()).hasMessage("the caller's own mistake");
        assertThat(generate(request(3)).tokens()).hasSize(3);
    }

    @Test
    void servesTheNextWhateverListenersThrowAtTheEnd() throws InterruptedException {
        DecodeListener broken = new DecodeListener() {
            @Override
            public void finished(Completion completion, Duration total) {
                throw new AssertionError("a broken listener");
            }
        };
        GenerationListener brokenToo = new GenerationListener() {
            @Override
            public void finished(Completion completion) {
                throw new AssertionError("a broken caller");
            }
        };
        try (Hydra other = Hydra.open(options().listener(broken).build())) {
            assertThat(other.generate(request(3), brokenToo).await().tokens()).hasSize(3);
            assertThat(other.generate(request(4)).await().tokens()).hasSize(4);
        }
    }

    @Test
    void endsWhatIsInFlightOnClose() throws InterruptedException {
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        Hydra other = Hydra.open(options().build());
        Generation running = other.generate(request(LONG_ANSWER), Latches.holding(started, release));
        assertThat(started.await(1, TimeUnit.MINUTES)).isTrue();
        Generation waiting = other.generate(request(LONG_ANSWER));
        Thread closer = new Thread(other::close, "closer");
        closer.start();
        assertThat(waiting.await().reason()).isEqualTo(FinishReason.CANCELLED);
        release.countDown();
        closer.join();
        assertThat(running.await().reason()).isEqualTo(FinishReason.CANCELLED);
        assertThat(running.await().tokens()).isNotEmpty().hasSizeLessThan(LONG_ANSWER);
        assertThatThrownBy(() -> other.generate(request(1)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
        other.close();
    }

    @Test
    void closesFromItsOwnCallback() throws InterruptedException {
        Hydra other = Hydra.open(options().build());
        Generation generation = other.generate(request(LONG_ANSWER), new GenerationListener() {
            @Override
            public void text(List<TextRun> runs) {
                other.close();
            }
        });
        assertThat(generation.await().reason()).isEqualTo(FinishReason.CANCELLED);
    }

    @Test
    void addsItsStatisticsUp() throws InterruptedException {
        List<DecodeStatistics> deltas = Collections.synchronizedList(new ArrayList<>());
        List<Completion> ends = Collections.synchronizedList(new ArrayList<>());
        DecodeListener listener = new DecodeListener() {
            @Override
            public void measured(DecodeStatistics delta) {
                deltas.add(delta);
            }

            @Override
            public void finished(Completion completion, Duration total) {
                ends.add(completion);
                assertThat(total).isGreaterThanOrEqualTo(completion.statistics().timeToFirstToken());
            }
        };
        try (Hydra other = Hydra.open(
                options().tree(TreeShape.named("hydra-63")).listener(listener).build())) {
            DecodeStatistics sum = DecodeStatistics.none();
            for (int tokens : List.of(1, 17, 60)) {
                Completion completion = other.generate(request(tokens)).await();
                DecodeStatistics statistics = completion.statistics();
                assertThat(statistics.generatedTokens()).isEqualTo(tokens);
                long accepted = statistics.accepted().stream()
                        .mapToLong(Long::longValue)
                        .sum();
                assertThat(accepted + statistics.steps()).isEqualTo(tokens - 1L);
                sum = sum.plus(statistics);
            }
            assertThat(deltas.stream().reduce(DecodeStatistics.none(), DecodeStatistics::plus))
                    .isEqualTo(sum)
                    .isEqualTo(other.statistics());
            assertThat(sum.requests()).isEqualTo(3);
            assertThat(sum.verify()).isPositive();
            assertThat(sum.tokensPerSecond()).isPositive();
        }
        assertThat(ends).hasSize(3);
    }

    @Test
    void keepsCallersApart() throws InterruptedException {
        List<List<Integer>> prompts = IntStream.range(0, 6)
                .mapToObj(caller -> hydra.tokenizer().encode("Caller " + caller))
                .toList();
        List<Completion> alone = new ArrayList<>();
        for (List<Integer> prompt : prompts) {
            alone.add(generate(GenerationRequest.of(prompt).withMaximumTokens(20)));
        }
        try (Hydra other = Hydra.open(options().queue(16).build())) {
            List<Generation> together = prompts.stream()
                    .map(prompt -> other.generate(GenerationRequest.of(prompt).withMaximumTokens(20)))
                    .toList();
            for (int caller = 0; caller < prompts.size(); caller++) {
                assertThat(together.get(caller).await().tokens())
                        .isEqualTo(alone.get(caller).tokens());
            }
        }
    }

    @Test
    void describesWhatIsOpen() {
        ModelDescription description = hydra.description();
        assertThat(description.name()).isEqualTo("tiny");
        assertThat(description.family()).isEqualTo("llama");
        assertThat(description.parameters()).isEqualTo(TinyModel.config().parameters());
        assertThat(description.positions()).isEqualTo(POSITIONS);
        assertThat(description.dataType()).isEqualTo("float32");
        assertThat(description.dataTypeReason()).isEqualTo("auto: on a CPU, where it is exact");
        assertThat(description.device()).isEqualTo("cpu");
        assertThat(description.drafter().kind()).isEqualTo("hydra");
        assertThat(description.drafter().heads()).isEqualTo(4);
        assertThat(description.drafter().treeNodes()).isEqualTo(16);
        assertThat(description.weightBytes()).isGreaterThan(description.parameters() * 4);
    }

    @Test
    void reportsToNobody() {
        assertThat(System.getProperty("OPT_OUT_TRACKING")).isEqualTo("true");
    }

    @Test
    void rejectsAFolderWithoutConfig() throws IOException {
        Path empty = Files.createDirectory(folder.resolve("empty"));
        assertThatThrownBy(() -> Hydra.open(HydraOptions.builder(empty).build()))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("config.json");
    }

    @Test
    void rejectsHeadsOfAnotherWidth() {
        Path wide = TinyHeads.seeded(
                        1,
                        dev.hydra.checkpoint.ModelConfig.llama(TinyModel.VOCABULARY, 48, 1, 4)
                                .build(),
                        2,
                        1)
                .write(folder.resolve("wide"));
        assertThatThrownBy(() -> Hydra.open(options().heads(wide).build()))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("48")
                .hasMessageContaining("32");
    }

    @Test
    void rejectsATreeDeeperThanTheHeads() {
        Path two = TinyModel.writeHeads(folder.resolve("two"), 2);
        assertThatThrownBy(() -> Hydra.open(
                        options().heads(two).tree(TreeShape.named("chain-4")).build()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the tree is 4 levels deep; there are 2 draft heads: use a tree no deeper than the heads");
    }

    @Test
    void rejectsMorePositionsThanTheModelKnows() {
        assertThatThrownBy(() -> Hydra.open(options().positions(513).build()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a cache row of 513 positions; the model knows 512 (max_position_embeddings)");
    }

    @Test
    void opensOnAThreadOfItsOwnThatDoesNotStay() {
        Thread.currentThread().interrupt();
        try (Hydra other = Hydra.open(options().build())) {
            assertThat(Thread.interrupted()).isTrue();
            assertThat(other.description().rows()).isEqualTo(4);
        }
        assertThat(Thread.getAllStackTraces().keySet())
                .extracting(Thread::getName)
                .doesNotContain("hydra-open");
    }

    @Test
    void rejectsADeviceThatDoesNotExist() {
        assertThatThrownBy(() -> Hydra.open(options().device("gpu99").build()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("device is 'gpu99'");
        assertThatThrownBy(() -> Hydra.open(options().device("abacus").build()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("device is 'abacus'; expected auto, cpu, gpu or gpu1");
    }

    @Test
    void saysWhichOptionIsUnsuitable() {
        Path two = TinyModel.writeHeads(folder.resolve("two-more"), 2);
        assertThat(subject(options().heads(List.of(heads, two)))).isEqualTo(Subject.HEADS);
        assertThat(subject(options().ownEmbeddings(true))).isEqualTo(Subject.OWN_EMBEDDINGS);
        assertThat(subject(options().mode(DecodingMode.MEDUSA))).isEqualTo(Subject.MODE);
        assertThat(subject(options().heads(two).tree(TreeShape.named("chain-4"))))
                .isEqualTo(Subject.TREE);
        assertThat(subject(options().device("abacus"))).isEqualTo(Subject.DEVICE);
        assertThat(subject(options().rows(1_000_000_000))).isEqualTo(Subject.MEMORY);
        assertThat(subject(options().positions(513))).isEqualTo(Subject.POSITIONS);
    }

    private static Subject subject(HydraOptions.Builder options) {
        var refusal = new AtomicReference<Subject>();
        assertThatThrownBy(() -> Hydra.open(options.build()))
                .isInstanceOfSatisfying(
                        UnsuitableOptionException.class, unsuitable -> refusal.set(unsuitable.subject()));
        return refusal.get();
    }

    @Test
    void namesTheTreeOfTheHeadsThatIsDamaged() throws IOException {
        Path grown = TinyModel.writeHeads(folder.resolve("grown"), 2);
        Path tree = Files.writeString(grown.resolve("tree.json"), "[[0], [0]]");
        assertThatThrownBy(() -> Hydra.open(options().heads(grown).build()))
                .isInstanceOf(CheckpointException.class)
                .hasMessage(tree + ": path [0] is listed twice; expected every path once");
    }

    @Test
    void countsNothingOfWarmingUp() throws InterruptedException {
        List<String> told = Collections.synchronizedList(new ArrayList<>());
        DecodeListener listener = new DecodeListener() {
            @Override
            public void measured(DecodeStatistics delta) {
                told.add("measured");
            }

            @Override
            public void finished(Completion completion, Duration total) {
                told.add("finished");
            }
        };
        try (Hydra warm = Hydra.open(options().warmUp(true).listener(listener).build())) {
            assertThat(told).isEmpty();
            assertThat(warm.statistics()).isEqualTo(DecodeStatistics.none());
            assertThat(warm.active() + warm.queued()).isZero();

            assertThat(warm.generate(request(20)).await().tokens())
                    .isEqualTo(generate(request(20)).tokens());
            assertThat(told).contains("measured", "finished");
            assertThat(warm.statistics().requests()).isEqualTo(1);
        }
    }

    @Test
    void warmsUpInACacheThatHasRoomForAlmostNothing() {
        Hydra.open(options().positions(2).warmUp(true).build()).close();
    }

    @Test
    void drainsUntilTheLastAnswerIsThere() throws InterruptedException {
        try (Hydra other = Hydra.open(options().rows(1).build())) {
            var started = new CountDownLatch(1);
            var release = new CountDownLatch(1);
            Generation first = other.generate(request(LONG_ANSWER), Latches.holding(started, release));
            started.await();
            Generation second = other.generate(request(3));

            CompletableFuture<Void> drained = other.drain();

            assertThatThrownBy(() -> other.generate(request(1)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("the engine is about to be closed; it takes no more requests");
            assertThat(drained).isNotDone();
            release.countDown();
            drained.join();
            assertThat(first.await().reason()).isEqualTo(FinishReason.LENGTH);
            assertThat(second.await().tokens()).hasSize(3);
            assertThat(other.drain()).isDone();

            other.resume();
            assertThat(other.generate(request(2)).await().tokens()).hasSize(2);
        }
    }

    @Test
    void isDrainedByCancellingAndByClosing() throws InterruptedException {
        Hydra other = Hydra.open(options().rows(1).build());
        try (other) {
            var started = new CountDownLatch(1);
            var release = new CountDownLatch(1);
            other.generate(request(LONG_ANSWER), Latches.holding(started, release));
            started.await();
            Generation waiting = other.generate(request(LONG_ANSWER));
            CompletableFuture<Void> drained = other.drain();
            waiting.cancel();
            assertThat(drained).isNotDone();
            release.countDown();
            other.close();
            drained.join();
        }
        assertThat(other.drain()).isDone();
    }
}
