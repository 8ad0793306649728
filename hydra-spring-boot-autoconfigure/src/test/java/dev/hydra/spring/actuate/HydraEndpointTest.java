package dev.hydra.spring.actuate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.hydra.Hydra;
import dev.hydra.decode.DecodeStatistics;
import dev.hydra.schedule.GenerationRequest;
import dev.hydra.spring.Reciter;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.Status;

class HydraEndpointTest {

    private static final double ROUNDING = 0.001;

    @TempDir
    Path folder;

    private final RecentDecoding recent = new RecentDecoding();
    private Hydra hydra;

    @BeforeEach
    void open() {
        hydra = Hydra.open(Reciter.options(folder).listener(recent).build());
    }

    @AfterEach
    void close() {
        hydra.close();
    }

    @Test
    void describesTheModelBeforeTheFirstAnswer() {
        HydraReport report = new HydraEndpoint(hydra, recent).report();

        assertThat(report.model().name()).isEqualTo(Reciter.NAME);
        assertThat(report.model().parameters()).isPositive();
        assertThat(report.heads()).isEqualTo(new HydraReport.Heads("hydra", Reciter.HEADS));
        assertThat(report.tree().depth()).isEqualTo(Reciter.HEADS);
        assertThat(report.device()).isEqualTo("cpu");
        assertThat(report.requests()).isEqualTo(new HydraReport.Requests(0, 0));
        assertThat(report.latestAnswer()).isNull();
        assertThat(report.lifetime().steps()).isZero();
        assertThat(report.lifetime().acceptanceLength()).isEqualTo(1);
    }

    @Test
    void reportsWhatTheEngineMeasured() throws InterruptedException {
        DecodeStatistics first = answer("say abc");
        DecodeStatistics second = answer("say k");

        HydraReport report = new HydraEndpoint(hydra, recent).report();

        assertThat(report.latestAnswer()).isEqualTo(HydraReport.Dials.of(second));
        assertThat(report.lifetime()).isEqualTo(HydraReport.Dials.of(first.plus(second)));
        assertThat(report.lastMinute()).isEqualTo(report.lifetime());
        assertThat(report.latestAnswer().acceptanceLength()).isCloseTo(second.acceptanceLength(), within(ROUNDING));
        assertThat(report.latestAnswer().depths())
                .hasSize(Reciter.HEADS)
                .first()
                .satisfies(depth -> {
                    assertThat(depth.depth()).isEqualTo(1);
                    assertThat(depth.accepted()).isEqualTo(second.accepted().get(0));
                    assertThat(depth.acceptedPerStep()).isBetween(0.5, 1.0);
                });
        assertThat(report.latestAnswer().seconds().verify()).isPositive();
    }

    @Test
    void isHealthyAndSaysWhatDecodes() {
        Health health = new HydraHealthIndicator(hydra).health();

        assertThat(health.getStatus()).isEqualTo(Status.UP);
        assertThat(health.getDetails())
                .containsEntry("model", Reciter.NAME)
                .containsEntry("device", "cpu")
                .containsEntry("draftHeads", Reciter.HEADS)
                .containsEntry("queued", 0);
    }

    /** The answer, when the listeners have heard of its end: they hear before the engine is idle again. */
    private DecodeStatistics answer(String prompt) throws InterruptedException {
        DecodeStatistics statistics = hydra.generate(
                        GenerationRequest.of(hydra.tokenizer().encode(prompt)))
                .await()
                .statistics();
        while (hydra.active() > 0) {
            Thread.sleep(1);
        }
        return statistics;
    }
}
