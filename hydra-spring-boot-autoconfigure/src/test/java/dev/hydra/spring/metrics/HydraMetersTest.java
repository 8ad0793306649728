package dev.hydra.spring.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hydra.Hydra;
import dev.hydra.decode.DecodeStatistics;
import dev.hydra.schedule.Generation;
import dev.hydra.schedule.GenerationRequest;
import dev.hydra.spring.Reciter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
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
                .listener(new HydraMeters(registry))
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
    @Timeout(60)
    void showsWhoIsBeingServedAndWhoWaits() throws InterruptedException {
        List<Generation> endless = IntStream.range(0, 3)
                .mapToObj(caller -> hydra.generate(request("count: 0", 4000)))
                .toList();
        while (gauge(HydraMeters.ACTIVE_REQUESTS) < 2) {
            Thread.sleep(1);
        }

        assertThat(gauge(HydraMeters.ACTIVE_REQUESTS)).isEqualTo(2);
        assertThat(gauge(HydraMeters.CACHE_ROWS)).isEqualTo(2);
        assertThat(gauge(HydraMeters.QUEUED_REQUESTS)).isEqualTo(1);

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
