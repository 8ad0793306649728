package dev.hydra;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.hydra.decode.Completion;
import dev.hydra.decode.DecodeListener;
import dev.hydra.decode.DecodeStatistics;
import dev.hydra.schedule.Generation;
import dev.hydra.schedule.GenerationListener;
import dev.hydra.schedule.GenerationRequest;
import dev.hydra.schedule.QueueFullException;
import dev.hydra.text.TextRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What an engine tells of its state: open, closed or broken down, how full it is, and who came and was turned away. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class StateTest {
    private static final int POSITIONS = 256;

    @TempDir
    private static Path folder;

    private static Path model;

    @BeforeAll
    static void write() throws IOException {
        model = TinyModel.writeBase(Files.createDirectory(folder.resolve("tiny")), 5);
    }

    @Test
    void isOpenUntilItIsClosed() {
        Hydra hydra = open();
        assertThat(hydra.isOpen()).isTrue();
        assertThat(hydra.loadTime()).isPositive();

        hydra.close();

        assertThat(hydra.isOpen()).isFalse();
        assertThat(hydra.failure()).isEmpty();
        assertThat(hydra.cachedTokens()).isZero();
    }

    @Test
    void failsEverybodyWhenItsThreadDies() throws InterruptedException {
        AtomicInteger failed = new AtomicInteger();
        CountDownLatch allThere = new CountDownLatch(1);
        // a checked exception that no signature declares, as other languages throw them
        IOException unheardOf = new IOException("the disk of the listener is full");
        try (Hydra hydra = open(new DecodeListener() {
            @Override
            public void measured(DecodeStatistics delta) {
                if (delta.steps() > 0) {
                    Latches.await(allThere);
                    StateTest.<RuntimeException>throwUndeclared(unheardOf);
                }
            }

            @Override
            public void failed(Throwable error) {
                failed.incrementAndGet();
                StateTest.<RuntimeException>throwUndeclared(unheardOf);
            }
        })) {
            GenerationRequest late = request(hydra);
            List<Generation> generations = IntStream.range(0, 3)
                    .mapToObj(caller -> generateOnceThereIsRoom(hydra))
                    .toList();
            allThere.countDown();

            for (Generation generation : generations) {
                assertThatIllegalStateException().isThrownBy(generation::await).withCause(unheardOf);
            }
            assertThat(failed).hasValue(3);
            assertThat(hydra.isOpen()).isFalse();
            assertThat(hydra.failure()).hasValue(unheardOf);
            assertThat(hydra.active()).isZero();
            assertThat(hydra.queued()).isZero();
            assertThat(hydra.cachedTokens()).isZero();
            assertThatIllegalStateException()
                    .isThrownBy(() -> hydra.generate(late))
                    .withMessage(
                            "the engine has broken down and takes no more requests: %s; open it anew, or restart the"
                                    + " application",
                            unheardOf)
                    .withCause(unheardOf);
        }
    }

    @Test
    void survivesWhateverAListenerThrowsAtTheEnd() throws InterruptedException {
        try (Hydra hydra = open(new DecodeListener() {
            @Override
            public void finished(Completion completion, Duration total) {
                StateTest.<RuntimeException>throwUndeclared(new IOException("nobody declared this"));
            }
        })) {
            assertThat(hydra.generate(request(hydra)).await().tokens()).isNotEmpty();
            assertThat(hydra.generate(request(hydra)).await().tokens()).isNotEmpty();
            assertThat(hydra.isOpen()).isTrue();
        }
    }

    @Test
    void tellsWhoWasTurnedAwayAndHowLongTheOthersWaited() throws InterruptedException {
        AtomicInteger rejected = new AtomicInteger();
        List<Duration> waits = Collections.synchronizedList(new ArrayList<>());
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        try (Hydra hydra = open(new DecodeListener() {
            @Override
            public void rejected() {
                rejected.incrementAndGet();
            }

            @Override
            public void admitted(Duration waited) {
                waits.add(waited);
            }
        })) {
            assertThat(hydra.queueCapacity()).isEqualTo(2);
            List<Generation> taken = new ArrayList<>();
            taken.add(hydra.generate(request(hydra), Latches.holding(started, release)));
            Latches.await(started);
            taken.add(hydra.generate(request(hydra)));
            taken.add(hydra.generate(request(hydra)));
            long full = System.nanoTime();
            assertThatExceptionOfType(QueueFullException.class).isThrownBy(() -> hydra.generate(request(hydra)));
            Thread.sleep(20);
            Duration held = Duration.ofNanos(System.nanoTime() - full);
            release.countDown();

            for (Generation generation : taken) {
                generation.await();
            }
            assertThat(rejected).hasValue(1);
            assertThat(waits).hasSize(3);
            assertThat(waits.subList(1, 3))
                    .allSatisfy(waited -> assertThat(waited).isGreaterThan(held));
        }
    }

    @Test
    void takesAsManyAsThereAreRowsForBesideThoseThatMayWait() throws InterruptedException {
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        HydraOptions options = HydraOptions.builder(model)
                .device("cpu")
                .rows(3)
                .queue(2)
                .positions(POSITIONS)
                .build();
        try (Hydra hydra = Hydra.open(options)) {
            List<Generation> taken = new ArrayList<>();
            taken.add(hydra.generate(request(hydra), Latches.holding(started, release)));
            Latches.await(started);

            // the decoding thread is kept from giving away the two rows that are free
            for (int more = 0; more < 2 + 2; more++) {
                taken.add(hydra.generate(request(hydra)));
            }
            assertThatExceptionOfType(QueueFullException.class).isThrownBy(() -> hydra.generate(request(hydra)));

            release.countDown();
            for (Generation generation : taken) {
                assertThat(generation.await().tokens()).isNotEmpty();
            }
        }
    }

    @Test
    void countsTheTokensInTheCache() throws InterruptedException {
        List<Integer> cached = Collections.synchronizedList(new ArrayList<>());
        try (Hydra hydra = open()) {
            GenerationRequest request = request(hydra);
            hydra.generate(request, new GenerationListener() {
                        @Override
                        public void text(List<TextRun> runs) {
                            cached.add(hydra.cachedTokens());
                        }
                    })
                    .await();

            // what is told is how it was before the step: of the first one nothing, later the prompt and what was said
            int prompt = request.prompt().size();
            assertThat(cached).isSorted().startsWith(0);
            assertThat(cached.get(cached.size() - 1)).isBetween(prompt + 1, prompt + request.maximumTokens());
            while (hydra.active() > 0 || hydra.cachedTokens() > 0) {
                Thread.sleep(1);
            }
        }
    }

    @Test
    void tellsWhereTheMemoryGoes() {
        try (Hydra small = open();
                Hydra large = Hydra.open(HydraOptions.builder(model)
                        .device("cpu")
                        .rows(4)
                        .positions(POSITIONS)
                        .build())) {
            assertThat(small.memory().weights()).isEqualTo(small.description().weightBytes());
            assertThat(large.memory().cache()).isEqualTo(4 * small.memory().cache());
            assertThat(small.memory().available().orElseThrow()).isPositive();
        }
    }

    private static Hydra open(DecodeListener... listeners) {
        HydraOptions.Builder options =
                HydraOptions.builder(model).device("cpu").rows(1).queue(2).positions(POSITIONS);
        for (DecodeListener listener : listeners) {
            options.listener(listener);
        }
        return Hydra.open(options.build());
    }

    private static GenerationRequest request(Hydra hydra) {
        return GenerationRequest.of(hydra.tokenizer().encode("Once upon a time"))
                .withMaximumTokens(120);
    }

    private static Generation generateOnceThereIsRoom(Hydra hydra) {
        while (hydra.queued() >= hydra.queueCapacity()) {
            Thread.onSpinWait();
        }
        return hydra.generate(request(hydra));
    }

    @SuppressWarnings("unchecked") // which is the point: the compiler does not know of it
    private static <T extends Throwable> void throwUndeclared(Throwable error) throws T {
        throw (T) error;
    }
}
