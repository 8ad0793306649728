package dev.hydra.spring.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import dev.hydra.Hydra;
import dev.hydra.decode.DecodeStatistics;
import dev.hydra.decode.FinishReason;
import dev.hydra.draft.DecodingMode;
import dev.hydra.schedule.Generation;
import dev.hydra.schedule.GenerationListener;
import dev.hydra.schedule.GenerationRequest;
import dev.hydra.schedule.QueueFullException;
import dev.hydra.spring.Reciter;
import dev.hydra.spring.SlowSteps;
import dev.hydra.text.TextRun;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class HydraMetersTest {

    @TempDir
    Path folder;

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private Hydra hydra;

    @BeforeEach
    void open() {
        hydra = Hydra.open(Reciter.options(folder)
                .rows(2)
                .queue(2)
                .listener(new HydraMeters(registry))
                .listener(new SlowSteps(Duration.ofMillis(10)))
                .build());
        HydraMeters.gauges(hydra).bindTo(registry);
    }

    @AfterEach
    void close() {
        hydra.close();
    }

    @Test
    void countsWhatTheEngineCounts() throws InterruptedException {
        DecodeStatistics statistics = answer("count: 0", 40).plus(answer("say x", 40));

        assertThat(counter(HydraMeters.STEPS)).isEqualTo(statistics.steps());
        assertThat(counter(HydraMeters.PROMPT_TOKENS)).isEqualTo("count: 0say x".length());
        assertThat(counter(HydraMeters.GENERATED_TOKENS)).isEqualTo(43);
        for (int depth = 1; depth <= Reciter.HEADS; depth++) {
            assertThat(atDepth(HydraMeters.DRAFTED_TOKENS, depth))
                    .isEqualTo(statistics.drafted().get(depth - 1));
            assertThat(atDepth(HydraMeters.ACCEPTED_TOKENS, depth))
                    .isEqualTo(statistics.accepted().get(depth - 1));
        }
        for (String phase : new String[] {"draft", "verify", "commit"}) {
            assertThat(registry.get(HydraMeters.STEP)
                            .tag(HydraMeters.PHASE, phase)
                            .timer()
                            .count())
                    .isEqualTo(statistics.steps());
        }
        assertThat(registry.get(HydraMeters.PREFILL).timer().count()).isEqualTo(2);
    }

    @Test
    void promptsStepsAndAcceptedTokensAddUpToTheTokensOfAnswers() throws InterruptedException {
        answer("say abc", 100);
        answer("count: 0", 11);
        Generation one = hydra.generate(request("count: 0", 50));
        Generation other = hydra.generate(request("count: 5", 33));
        one.await();
        other.await();

        long accepted = 0;
        for (int depth = 1; depth <= Reciter.HEADS; depth++) {
            accepted += atDepth(HydraMeters.ACCEPTED_TOKENS, depth);
        }
        assertThat(4 + counter(HydraMeters.STEPS) + accepted).isEqualTo(counter(HydraMeters.GENERATED_TOKENS));
    }

    @Test
    void countsHowAnswersEnd() throws InterruptedException {
        answer("say x", 40);
        answer("count: 0", 5);
        Generation endless = hydra.generate(request("count: 0", 4000));
        endless.cancel();
        endless.await();
        answer("say x", 40);

        assertThat(ended("stop")).isEqualTo(2);
        assertThat(ended("length")).isEqualTo(1);
        assertThat(ended("cancelled")).isEqualTo(1);
    }

    @Test
    void timesAnswers() throws InterruptedException {
        answer("count: 0", 20);

        double total = registry.get(HydraMeters.REQUEST_DURATION).timer().totalTime(TimeUnit.SECONDS);
        double first = registry.get(HydraMeters.TIME_TO_FIRST_TOKEN).timer().totalTime(TimeUnit.SECONDS);
        double each = registry.get(HydraMeters.TIME_PER_OUTPUT_TOKEN).timer().totalTime(TimeUnit.SECONDS);
        assertThat(first).isPositive().isLessThan(total);
        assertThat(each).isPositive().isLessThan(total / 10);
        assertThat(registry.get(HydraMeters.ACCEPTANCE_LENGTH).summary().mean()).isGreaterThan(1);
    }

    @Test
    void tellsStepsWithADraftFromThoseOfPlainDecoding() throws InterruptedException {
        long drafted = answer("count: 0", 40).steps();
        hydra.reconfigure(defaults -> defaults.withMode(DecodingMode.PLAIN));
        long plain = answer("count: 0", 40).steps();

        assertThat(plain).isEqualTo(39);
        assertThat(counter(HydraMeters.STEPS)).isEqualTo(drafted + plain);
        // the last step of a budget has no room for a draft where one token is left
        assertThat(counter(HydraMeters.DRAFTS)).isBetween(drafted - 1, drafted);
        assertThat(gauge(HydraMeters.TREE_NODES)).isEqualTo(1);
    }

    @Test
    void knowsEveryOutcomeFromTheStart() {
        assertThat(registry.get(HydraMeters.REQUESTS).counters())
                .hasSize(FinishReason.values().length + 2)
                .allSatisfy(counter -> assertThat(counter.count()).isZero());
        assertThat(ended("rejected")).isZero();
        assertThat(ended("error")).isZero();
    }

    @Test
    @Timeout(300)
    void countsWhoIsTurnedAwayAndTimesWhoWaits() throws InterruptedException {
        List<Generation> endless = new ArrayList<>();
        while (endless.size() < 2 + 2) {
            endless.add(hydra.generate(request("count: 0", 4000)));
            while (hydra.active() < Math.min(endless.size(), 2)) {
                Thread.sleep(1);
            }
        }
        assertThatExceptionOfType(QueueFullException.class).isThrownBy(() -> hydra.generate(request("count: 0", 4000)));

        assertThat(ended("rejected")).isEqualTo(1);
        // a request that has its row has waited; that is told when its prompt is begun
        while (registry.get(HydraMeters.WAITING).timer().count() < 2) {
            Thread.sleep(1);
        }
        assertThat(registry.get(HydraMeters.WAITING).timer().count()).isEqualTo(2);
        endless.forEach(Generation::cancel);
        answer("say x", 40);
        assertThat(registry.get(HydraMeters.WAITING).timer().count()).isBetween(3L, 5L);
        assertThat(ended("rejected")).isEqualTo(1);
    }

    @Test
    @Timeout(300)
    void countsWhatBreaksOff() {
        Generation broken = hydra.generate(request("say abc", 40), new GenerationListener() {
            @Override
            public void text(List<TextRun> runs) {
                throw new IllegalStateException("the caller cannot take it");
            }
        });

        assertThatIllegalStateException().isThrownBy(broken::await);
        assertThat(ended("error")).isEqualTo(1);
        assertThat(registry.get(HydraMeters.REQUEST_DURATION).timer().count()).isZero();
    }

    @Test
    void showsMemoryCacheAndTree() {
        assertThat(memory("weights")).isEqualTo((double) hydra.description().weightBytes());
        assertThat(memory("cache")).isEqualTo((double) hydra.memory().cache());
        assertThat(memory("available")).isPositive();
        assertThat(cacheTokens("used")).isZero();
        assertThat(cacheTokens("capacity")).isEqualTo(2 * 4096);
        assertThat(gauge(HydraMeters.QUEUE_CAPACITY)).isEqualTo(2);
        assertThat(gauge(HydraMeters.TREE_NODES))
                .isEqualTo(hydra.description().drafter().treeNodes())
                .isGreaterThan(1);
        // The gauge holds seconds, and one in some twenty counts of nanoseconds is not itself again after two
        // conversions.
        assertThat(registry.get(HydraMeters.MODEL_LOAD).timeGauge().value(TimeUnit.NANOSECONDS))
                .isCloseTo((double) hydra.loadTime().toNanos(), within(1.0));
    }

    @Test
    void keepsItsNumbersWhenNobodyElseHoldsWhatTheyAreOf() {
        System.gc();

        assertThat(registry.getMeters().stream().filter(Gauge.class::isInstance).map(meter -> ((Gauge) meter).value()))
                .doesNotContain(Double.NaN);
    }

    @Test
    void keepsTwoEnginesApartByTheirTags() throws InterruptedException {
        SimpleMeterRegistry shared = new SimpleMeterRegistry();
        try (Hydra one = tagged(shared, "one");
                Hydra other = tagged(shared, "other")) {
            DecodeStatistics statistics =
                    one.generate(request("count: 0", 20)).await().statistics();
            assertThat(other.generate(request("count: 0", 20))
                            .await()
                            .statistics()
                            .steps())
                    .isEqualTo(statistics.steps());

            assertThat(shared.getMeters())
                    .allSatisfy(
                            meter -> assertThat(meter.getId().getTag("engine")).isIn("one", "other"));
            for (String engine : List.of("one", "other")) {
                assertThat(shared.get(HydraMeters.STEPS)
                                .tag("engine", engine)
                                .counter()
                                .count())
                        .isEqualTo((double) statistics.steps());
                assertThat(shared.get(HydraMeters.CACHE_ROWS)
                                .tag("engine", engine)
                                .gauge()
                                .value())
                        .isEqualTo(4);
            }
        }
    }

    @Test
    @Timeout(300)
    void showsWhoIsBeingServedAndWhoWaits() throws InterruptedException {
        List<Generation> endless = new ArrayList<>();
        while (endless.size() < 3) {
            endless.add(hydra.generate(request("count: 0", 4000)));
            while (gauge(HydraMeters.ACTIVE_REQUESTS) < Math.min(endless.size(), 2)) {
                Thread.sleep(1);
            }
        }

        assertThat(gauge(HydraMeters.ACTIVE_REQUESTS)).isEqualTo(2);
        assertThat(gauge(HydraMeters.CACHE_ROWS)).isEqualTo(2);
        assertThat(gauge(HydraMeters.QUEUED_REQUESTS)).isEqualTo(1);
        while (cacheTokens("used") < 2 * "count: 0".length()) {
            Thread.sleep(1);
        }

        endless.forEach(Generation::cancel);
    }

    /** The answer, when the meters have heard of its end: they hear before the engine is idle again. */
    private DecodeStatistics answer(String prompt, int maximumTokens) throws InterruptedException {
        DecodeStatistics statistics =
                hydra.generate(request(prompt, maximumTokens)).await().statistics();
        while (hydra.active() > 0) {
            Thread.sleep(1);
        }
        return statistics;
    }

    private Hydra tagged(SimpleMeterRegistry shared, String engine) {
        Tags tags = Tags.of("engine", engine);
        Hydra opened = Hydra.open(
                Reciter.options(folder).listener(new HydraMeters(shared, tags)).build());
        HydraMeters.gauges(opened, tags).bindTo(shared);
        return opened;
    }

    private double memory(String state) {
        return registry.get(HydraMeters.DEVICE_MEMORY)
                .tag(HydraMeters.STATE, state)
                .gauge()
                .value();
    }

    private double cacheTokens(String state) {
        return registry.get(HydraMeters.CACHE_TOKENS)
                .tag(HydraMeters.STATE, state)
                .gauge()
                .value();
    }

    private GenerationRequest request(String prompt, int maximumTokens) {
        return GenerationRequest.of(hydra.tokenizer().encode(prompt)).withMaximumTokens(maximumTokens);
    }

    private long counter(String name) {
        return (long) registry.get(name).counter().count();
    }

    private long atDepth(String name, int depth) {
        return (long) registry.get(name)
                .tag(HydraMeters.DEPTH, Integer.toString(depth))
                .counter()
                .count();
    }

    private double ended(String outcome) {
        return registry.get(HydraMeters.REQUESTS)
                .tag(HydraMeters.OUTCOME, outcome)
                .counter()
                .count();
    }

    private double gauge(String name) {
        return registry.get(name).gauge().value();
    }
}
