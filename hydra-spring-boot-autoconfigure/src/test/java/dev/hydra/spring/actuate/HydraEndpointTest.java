package dev.hydra.spring.actuate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.hydra.Hydra;
import dev.hydra.decode.DecodeStatistics;
import dev.hydra.sampling.SamplingOptions;
import dev.hydra.schedule.GenerationRequest;
import dev.hydra.spring.Reciter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
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
        hydra = Hydra.open(Reciter.options(folder)
                .heads(List.of(Reciter.writeHeads(folder), Reciter.writeMedusaHeads(folder)))
                .rows(3)
                .listener(recent)
                .build());
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
        assertThat(report.mode()).isEqualTo("hydra");
        assertThat(report.acceptance()).isEqualTo("exact");
        int nodes = report.drafters().get(0).treeNodes();
        assertThat(nodes).isGreaterThan(Reciter.HEADS);
        assertThat(report.drafters())
                .containsExactly(
                        new HydraReport.Drafter("hydra", "hydra", Reciter.HEADS, nodes, Reciter.HEADS),
                        new HydraReport.Drafter("medusa", "medusa", Reciter.HEADS, nodes, Reciter.HEADS));
        assertThat(report.cacheRows()).isEqualTo(3);
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
    void reportsDepthsThatNoStepGotTo() throws InterruptedException {
        GenerationRequest forced = request("say x")
                .withMaximumTokens(9)
                .withSampling(SamplingOptions.builder()
                        .logitBias(Map.of((int) '!', 1000.0))
                        .build());
        DecodeStatistics never = hydra.generate(forced).await().statistics();
        untilIdle();

        assertThat(never.drafted()).hasSize(Reciter.HEADS);
        assertThat(never.accepted()).hasSize(Reciter.HEADS).containsOnly(0L);
        assertThat(new HydraEndpoint(hydra, recent).report().latestAnswer().depths())
                .hasSize(Reciter.HEADS)
                .allSatisfy(depth -> assertThat(depth.accepted()).isZero());
    }

    @Test
    void isHealthyAndSaysWhatDecodes() {
        Health health = new HydraHealthIndicator(hydra).health();

        assertThat(health.getStatus()).isEqualTo(Status.UP);
        assertThat(health.getDetails())
                .containsEntry("model", Reciter.NAME)
                .containsEntry("device", "cpu")
                .containsEntry("mode", "hydra")
                .containsEntry("acceptance", "exact")
                .containsEntry("draftHeads", Reciter.HEADS)
                .containsEntry("cacheRows", 3)
                .containsEntry("active", 0)
                .containsEntry("queued", 0);
    }

    /** The answer, when the listeners have heard of its end: they hear before the engine is idle again. */
    private DecodeStatistics answer(String prompt) throws InterruptedException {
        DecodeStatistics statistics = hydra.generate(request(prompt)).await().statistics();
        untilIdle();
        return statistics;
    }

    private void untilIdle() throws InterruptedException {
        while (hydra.active() > 0) {
            Thread.sleep(1);
        }
    }

    private GenerationRequest request(String prompt) {
        return GenerationRequest.of(hydra.tokenizer().encode(prompt));
    }
}
