package dev.hydra.spring.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.hydra.Hydra;
import dev.hydra.HydraOptions;
import dev.hydra.decode.DecodeStatistics;
import dev.hydra.schedule.QueueFullException;
import dev.hydra.spring.Reciter;
import dev.hydra.spring.SlowSteps;
import dev.hydra.text.TextRun;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.SystemMessage;
import org.springframework.ai.chat.messages.UserMessage;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.content.Media;
import org.springframework.ai.model.tool.ToolCallingChatOptions;
import org.springframework.core.io.ByteArrayResource;
import org.springframework.util.MimeTypeUtils;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;

@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HydraChatModelTest {

    private static final String FOR_EVER = "count: 0";

    @TempDir
    static Path folder;

    private static Hydra hydra;
    private static HydraChatModel model;

    @BeforeAll
    static void open() {
        hydra = Hydra.open(slow(folder).build());
        model = HydraChatModel.builder(hydra).build();
    }

    @AfterAll
    static void close() {
        hydra.close();
    }

    @Test
    void answersAsTheModelDoes() {
        assertThat(model.call("say abc")).isEqualTo("defghijklmnopqrstuvwxyz");
    }

    @Test
    void validateCallResponseMetadata() {
        ChatResponse response = model.call(prompt("say abc", HydraChatOptions.builder()));

        assertThat(response.getResult().getMetadata().getFinishReason()).isEqualTo("stop");
        assertThat(response.getMetadata().getModel()).isEqualTo(Reciter.NAME);
        assertThat(response.getMetadata().getId()).startsWith("hydra-");
        var usage = response.getMetadata().getUsage();
        assertThat(usage.getPromptTokens()).isEqualTo(1 + "say abc".length());
        assertThat(usage.getCompletionTokens()).isEqualTo("defghijklmnopqrstuvwxyz".length() + 1);
        assertThat(usage.getTotalTokens()).isEqualTo(usage.getPromptTokens() + usage.getCompletionTokens());
        assertThat(usage.getNativeUsage()).isInstanceOfSatisfying(DecodeStatistics.class, statistics -> {
            assertThat(statistics.acceptanceLength()).isGreaterThan(2);
            assertThat(statistics.accepted()).hasSize(Reciter.HEADS);
        });
        assertThat(runs(response).stream().map(TextRun::text).collect(Collectors.joining()))
                .isEqualTo("defghijklmnopqrstuvwxyz");
        assertThat(runs(response)).extracting(TextRun::depth).contains(0, 1, 2, 3);
    }

    @Test
    void streamsWhatItWouldAnswerWhole() {
        List<ChatResponse> chunks = chunks(prompt("say abc", HydraChatOptions.builder()));

        assertThat(chunks).hasSizeGreaterThan(4);
        assertThat(chunks.stream().map(HydraChatModelTest::text).collect(Collectors.joining()))
                .isEqualTo(model.call("say abc"));
        assertThat(chunks.stream().flatMap(chunk -> runs(chunk).stream()).toList())
                .extracting(TextRun::text)
                .doesNotContain("");
        assertThat(chunks)
                .extracting(chunk -> chunk.getMetadata().getId())
                .containsOnly(chunks.get(0).getMetadata().getId());
    }

    @Test
    void intermediateStreamingChunksHaveNullFinishReason() {
        List<ChatResponse> chunks = chunks(prompt("say abc", HydraChatOptions.builder()));

        List<ChatResponse> early = chunks.subList(0, chunks.size() - 1);
        assertThat(early).allSatisfy(chunk -> {
            assertThat(chunk.getResult().getMetadata().getFinishReason()).isNull();
            assertThat(chunk.getMetadata().getUsage().getTotalTokens()).isZero();
        });
        ChatResponse last = chunks.get(chunks.size() - 1);
        assertThat(last.getResult().getMetadata().getFinishReason()).isEqualTo("stop");
        assertThat(last.getMetadata().getUsage().getNativeUsage()).isInstanceOf(DecodeStatistics.class);
        assertThat(last.getMetadata().getUsage().getCompletionTokens()).isEqualTo(24);
    }

    @Test
    void utf8IsNeverSplitBetweenChunks() {
        List<ChatResponse> chunks = chunks(prompt("say XY", HydraChatOptions.builder()));

        assertThat(chunks.stream().map(HydraChatModelTest::text)).noneMatch(text -> text.contains("\uFFFD"));
        assertThat(chunks.stream().map(HydraChatModelTest::text).collect(Collectors.joining()))
                .isEqualTo("Zé");
    }

    @Test
    void greedySpeculativeTextEqualsGreedyNonSpeculativeText(@TempDir Path other) {
        try (Hydra plain = Hydra.open(Reciter.options(other).heads(List.of()).build())) {
            HydraChatModel plainModel = HydraChatModel.builder(plain).build();
            Prompt prompt = prompt(FOR_EVER, HydraChatOptions.builder().maxTokens(100));

            assertThat(text(plainModel.call(prompt))).isEqualTo(text(model.call(prompt)));
            assertThat(statistics(plainModel.call(prompt)).acceptanceLength()).isEqualTo(1);
        }
    }

    @Test
    void acceptanceMetricsAddUp() {
        DecodeStatistics statistics = statistics(
                model.call(prompt(FOR_EVER, HydraChatOptions.builder().maxTokens(100))));

        long accepted =
                statistics.accepted().stream().mapToLong(Long::longValue).sum();
        assertThat(statistics.requests() + statistics.steps() + accepted)
                .isEqualTo(statistics.generatedTokens())
                .isEqualTo(100);
    }

    @Test
    void endsAtTheTokenBudget() {
        ChatResponse response =
                model.call(prompt(FOR_EVER, HydraChatOptions.builder().maxTokens(12)));

        assertThat(text(response)).isEqualTo("123456789012");
        assertThat(response.getResult().getMetadata().getFinishReason()).isEqualTo("length");
    }

    @Test
    void maxTokensOne() {
        Prompt prompt = prompt(FOR_EVER, HydraChatOptions.builder().maxTokens(1));

        assertThat(text(model.call(prompt))).isEqualTo("1");
        assertThat(chunks(prompt)).extracting(HydraChatModelTest::text).containsExactly("1", "");
    }

    @Test
    void maxTokensZero() {
        Prompt prompt = prompt(FOR_EVER, HydraChatOptions.builder().maxTokens(0));

        assertThat(text(model.call(prompt))).isEmpty();
        assertThat(chunks(prompt))
                .singleElement()
                .satisfies(chunk -> assertThat(chunk.getResult().getMetadata().getFinishReason())
                        .isEqualTo("length"));
    }

    @Test
    void stopSequenceSplitAcrossStepsNeverLeaks() {
        Prompt prompt = prompt(FOR_EVER, HydraChatOptions.builder().stopSequences(List.of("789")));

        ChatResponse response = model.call(prompt);

        assertThat(text(response)).isEqualTo("123456");
        assertThat(response.getResult().getMetadata().getFinishReason()).isEqualTo("stop");
        assertThat(chunks(prompt).stream().map(HydraChatModelTest::text).collect(Collectors.joining()))
                .isEqualTo("123456");
    }

    @Test
    void usesItsDefaultsWhenThePromptHasNoOptions() {
        HydraChatModel brief = HydraChatModel.builder(hydra)
                .options(HydraChatOptions.builder().maxTokens(3).build())
                .build();

        assertThat(brief.call(FOR_EVER)).isEqualTo("123");
        assertThat(brief.getOptions().getModel()).isEqualTo(Reciter.NAME);
    }

    @Test
    void portableAndForeignOptionsAreAccepted() {
        HydraChatModel brief = HydraChatModel.builder(hydra)
                .options(HydraChatOptions.builder()
                        .maxTokens(8)
                        .stopSequences(List.of("5"))
                        .build())
                .build();
        Prompt portable = new Prompt(
                FOR_EVER,
                ChatOptions.builder().temperature(0.0).topK(40).topP(0.9).build());
        Prompt toolCalling = new Prompt(
                FOR_EVER, ToolCallingChatOptions.builder().maxTokens(2).build());
        Prompt stopping = new Prompt(
                FOR_EVER, ChatOptions.builder().stopSequences(List.of("3")).build());

        assertThat(text(brief.call(portable))).isEqualTo("1234");
        assertThat(text(brief.call(toolCalling))).isEqualTo("12");
        assertThat(text(brief.call(stopping))).isEqualTo("12");
    }

    @Test
    void portableAndForeignOptionsAreAcceptedOfAChatClient() {
        ChatClient client = ChatClient.builder(model)
                .defaultOptions(ChatOptions.builder().maxTokens(8))
                .build();

        assertThat(client.prompt(FOR_EVER).call().content()).isEqualTo("12345678");
        assertThat(client.prompt(FOR_EVER)
                        .options(ChatOptions.builder()
                                .temperature(0.0)
                                .topK(40)
                                .frequencyPenalty(0.0)
                                .stopSequences(List.of("5")))
                        .call()
                        .content())
                .isEqualTo("1234");
        assertThat(client.prompt(FOR_EVER)
                        .options(ToolCallingChatOptions.builder().maxTokens(2))
                        .call()
                        .content())
                .isEqualTo("12");
    }

    @Test
    void laysItsOwnOptionsOverItsDefaults() {
        HydraChatModel stopping = HydraChatModel.builder(hydra)
                .options(HydraChatOptions.builder()
                        .maxTokens(6)
                        .stopSequences(List.of("5"))
                        .build())
                .build();

        assertThat(text(stopping.call(prompt(FOR_EVER, HydraChatOptions.builder()))))
                .isEqualTo("1234");
        assertThat(text(stopping.call(
                        prompt(FOR_EVER, HydraChatOptions.builder().maxTokens(3)))))
                .isEqualTo("123");
        assertThat(text(stopping.call(
                        prompt(FOR_EVER, HydraChatOptions.builder().stopSequences(List.of("3"))))))
                .isEqualTo("12");
    }

    @Test
    void namesTheOptionThatItCannotHonour() {
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> model.call(prompt("a", HydraChatOptions.builder().maxTokens(-1))))
                .withMessageContaining("-1");
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> model.call(prompt("a", HydraChatOptions.builder().model("gpt-9"))))
                .withMessageContaining("gpt-9")
                .withMessageContaining(Reciter.NAME);
    }

    @Test
    void multimodality() {
        var picture = new Media(MimeTypeUtils.IMAGE_PNG, new ByteArrayResource(new byte[] {1}));
        Prompt prompt =
                new Prompt(UserMessage.builder().text("a").media(picture).build());

        assertThatIllegalArgumentException()
                .isThrownBy(() -> model.call(prompt))
                .withMessageContaining("user message carries media");
    }

    @Test
    void promptLongerThanContext() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> model.call("a".repeat(5000)))
                .withMessageContaining("5001")
                .withMessageContaining("4096");
        assertThat(model.call("say x")).isEqualTo("yz");
    }

    @Test
    void tellsAStreamsErrorsAsASignal() {
        Flux<ChatResponse> stream =
                model.stream(prompt("a", HydraChatOptions.builder().temperature(-1.0)));

        assertThatIllegalArgumentException().isThrownBy(stream::blockLast).withMessageContaining("temperature");
    }

    @Test
    void putsSystemMessagesFirst() {
        var prompt = new Prompt(List.of(
                new SystemMessage("be kind"),
                new UserMessage("one"),
                new AssistantMessage("two"),
                new UserMessage("three"),
                new SystemMessage("be brief")));

        var question = new PromptReader(hydra, ToolFormat.AUTO)
                .read(prompt.getInstructions(), HydraChatOptions.builder().build(), OfferedTools.none());

        List<Integer> expected =
                hydra.tokenizer().encode("<|system|>be kind\n\nbe brief<|user|>one<|assistant|>two<|user|>three");
        assertThat(question.request().prompt()).isEqualTo(expected);
    }

    @Test
    void cancelFreesTheSlot() throws InterruptedException {
        var first = new CountDownLatch(1);
        Disposable subscription = model.stream(
                        prompt(FOR_EVER, HydraChatOptions.builder().maxTokens(4000)))
                .subscribe(chunk -> first.countDown());
        assertThat(first.await(10, TimeUnit.SECONDS)).isTrue();

        subscription.dispose();

        assertThat(model.call("say x")).isEqualTo("yz");
        assertThat(hydra.queued() + hydra.active()).isLessThanOrEqualTo(1);
    }

    @Test
    void endsAfterTheChunksThatTheSubscriberTakes() {
        List<ChatResponse> taken = model.stream(
                        prompt(FOR_EVER, HydraChatOptions.builder().maxTokens(4000)))
                .take(3)
                .collectList()
                .block();

        assertThat(taken).hasSize(3);
        assertThat(model.call("say x")).isEqualTo("yz");
    }

    @Test
    void doesNotHoldUpTheEngineForASlowSubscriber() throws InterruptedException {
        var release = new CountDownLatch(1);
        var slow = new ArrayList<String>();
        var done = new CompletableFuture<Void>();
        model.stream(prompt("say abc", HydraChatOptions.builder()))
                .subscribe(
                        chunk -> {
                            await(release);
                            slow.add(text(chunk));
                        },
                        done::completeExceptionally,
                        () -> done.complete(null));

        assertThat(model.call("say x")).isEqualTo("yz");

        release.countDown();
        done.join();
        assertThat(String.join("", slow)).isEqualTo("defghijklmnopqrstuvwxyz");
    }

    @Test
    void concurrentCallersAreIsolated() {
        var answers = IntStream.range(0, 16)
                .mapToObj(caller -> CompletableFuture.supplyAsync(() -> caller % 2 == 0
                        ? model.call("say " + (char) ('a' + caller))
                        : text(chunks(prompt("say " + (char) ('a' + caller), HydraChatOptions.builder())))))
                .toList();

        for (int caller = 0; caller < answers.size(); caller++) {
            assertThat(answers.get(caller).join()).isEqualTo("bcdefghijklmnopqrstuvwxyz".substring(caller));
        }
    }

    @Test
    void interruptedCaller() throws InterruptedException {
        var failure = new AtomicReference<Throwable>();
        var interrupted = new AtomicReference<Boolean>();
        Thread caller = new Thread(() -> {
            try {
                model.call(prompt(FOR_EVER, HydraChatOptions.builder().maxTokens(4000)));
            } catch (RuntimeException e) {
                failure.set(e);
                interrupted.set(Thread.currentThread().isInterrupted());
            }
        });
        caller.start();
        while (hydra.active() == 0) {
            Thread.sleep(1);
        }

        caller.interrupt();
        caller.join(Duration.ofSeconds(10).toMillis());

        assertThat(failure.get()).isInstanceOf(CancellationException.class).hasMessageContaining("interrupted");
        assertThat(interrupted.get()).isTrue();
        assertThat(model.call("say x")).isEqualTo("yz");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void queueFullIsRejectedCleanly(boolean streaming, @TempDir Path other) throws InterruptedException {
        try (Hydra narrow = Hydra.open(slow(other).rows(1).queue(1).build())) {
            HydraChatModel narrowModel = HydraChatModel.builder(narrow).build();
            Prompt endless = prompt(FOR_EVER, HydraChatOptions.builder().maxTokens(4000));
            Disposable decoding = narrowModel.stream(endless).subscribe();
            while (narrow.active() == 0) {
                Thread.sleep(1);
            }
            Disposable waiting = narrowModel.stream(endless).subscribe();

            assertThatExceptionOfType(QueueFullException.class).isThrownBy(() -> {
                if (streaming) {
                    narrowModel.stream(endless).blockLast();
                } else {
                    narrowModel.call(endless);
                }
            });

            decoding.dispose();
            waiting.dispose();
            assertThat(narrowModel.call("say x")).isEqualTo("yz");
        }
    }

    @Test
    void closeWithInFlight(@TempDir Path other) throws InterruptedException {
        Hydra closing = Hydra.open(slow(other).rows(1).build());
        HydraChatModel closingModel = HydraChatModel.builder(closing).build();
        Prompt endless = prompt(FOR_EVER, HydraChatOptions.builder().maxTokens(4000));
        var first = new CountDownLatch(1);
        var whole = CompletableFuture.supplyAsync(() -> {
            await(first);
            return closingModel.call(endless);
        });
        var end = new CompletableFuture<ChatResponse>();
        closingModel.stream(endless)
                .doOnNext(chunk -> first.countDown())
                .subscribe(chunk -> {}, end::completeExceptionally, () -> end.complete(null));
        first.await();
        while (closing.queued() == 0) {
            Thread.sleep(1);
        }

        closing.close();

        assertThat(end)
                .failsWithin(Duration.ofSeconds(10))
                .withThrowableThat()
                .isInstanceOf(CancellationException.class)
                .withMessageContaining("closed");
        assertThat(whole).failsWithin(Duration.ofSeconds(10));
        assertThatIllegalStateException()
                .isThrownBy(() -> closingModel.call("say x"))
                .withMessageContaining("closed");
    }

    /** Answers that are cancelled, closed upon or waited for are not over before. */
    private static HydraOptions.Builder slow(Path folder) {
        return Reciter.options(folder).listener(new SlowSteps(Duration.ofMillis(10)));
    }

    private static Prompt prompt(String text, HydraChatOptions.Builder options) {
        return new Prompt(text, options.build());
    }

    private static List<ChatResponse> chunks(Prompt prompt) {
        return model.stream(prompt).collectList().block();
    }

    private static String text(List<ChatResponse> chunks) {
        return chunks.stream().map(HydraChatModelTest::text).collect(Collectors.joining());
    }

    private static String text(ChatResponse response) {
        return response.getResult().getOutput().getText();
    }

    private static DecodeStatistics statistics(ChatResponse response) {
        return (DecodeStatistics) response.getMetadata().getUsage().getNativeUsage();
    }

    private static List<TextRun> runs(ChatResponse response) {
        List<TextRun> runs = response.getMetadata().get(HydraChatModel.RUNS);
        return runs;
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
