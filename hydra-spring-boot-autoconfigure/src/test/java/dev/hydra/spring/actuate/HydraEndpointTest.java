package dev.hydra.spring.actuate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import dev.hydra.Hydra;
import dev.hydra.decode.DecodeStatistics;
import dev.hydra.draft.DecodingMode;
import dev.hydra.sampling.SamplingOptions;
import dev.hydra.schedule.GenerationRequest;
import dev.hydra.spring.Reciter;
import dev.hydra.tree.TreeShape;
import java.lang.reflect.RecordComponent;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;
import org.springframework.boot.actuate.info.Info;

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
        assertThat(report.model().loadSeconds()).isPositive();
        assertThat(report.device())
                .isEqualTo(new HydraReport.OnDevice("cpu", "float32", "auto: on a CPU, where it is exact"));
        assertThat(report.decoding().mode()).isEqualTo("hydra");
        assertThat(report.decoding().acceptance()).isEqualTo("exact");
        TreeShape tree = hydra.defaults().tree(DecodingMode.HYDRA);
        List<Integer> levels = report.decoding().drafters().get(0).treeLevels();
        assertThat(levels).hasSize(Reciter.HEADS);
        assertThat(levels.stream().mapToInt(Integer::intValue).sum() + 1).isEqualTo(tree.size());
        assertThat(report.decoding().drafters())
                .containsExactly(
                        new HydraReport.Drafter("hydra", "hydra", Reciter.HEADS, tree.size(), levels),
                        new HydraReport.Drafter("medusa", "medusa", Reciter.HEADS, tree.size(), levels));
        assertThat(report.memory().weightBytes())
                .isGreaterThan(4 * report.model().parameters());
        assertThat(report.memory().cacheBytes()).isEqualTo(3L * 4096 * 2 * 128 * 4);
        assertThat(report.memory().availableBytes()).isPositive();
        assertThat(report.cache()).isEqualTo(new HydraReport.Cache(3, 4096, 0));
        assertThat(report.requests()).isEqualTo(new HydraReport.Requests(0, 0, 64));
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
    void hasASectionForEveryPartOfTheReport() throws InterruptedException {
        HydraEndpoint endpoint = new HydraEndpoint(hydra, recent);
        assertThat(endpoint.section("latestAnswer")).as("before the first").isNull();
        answer("say x");

        HydraReport report = endpoint.report();
        for (RecordComponent part : HydraReport.class.getRecordComponents()) {
            assertThat(endpoint.section(part.getName()))
                    .as(part.getName())
                    .isInstanceOf(part.getType())
                    .isNotNull();
        }
        assertThat(endpoint.section("lifetime")).isEqualTo(report.lifetime());
        assertThat(endpoint.section("prompts")).isNull();
    }

    @Test
    void startsTheWindowAnew() throws InterruptedException {
        HydraEndpoint endpoint = new HydraEndpoint(hydra, recent);
        answer("say abc");
        DecodeStatistics before = hydra.statistics();

        endpoint.reset();

        HydraReport report = endpoint.report();
        assertThat(report.lastMinute().steps()).isZero();
        assertThat(report.latestAnswer()).isNull();
        assertThat(report.lifetime()).isEqualTo(HydraReport.Dials.of(before));
        DecodeStatistics next = answer("say k");
        assertThat(endpoint.report().lastMinute()).isEqualTo(HydraReport.Dials.of(next));
    }

    @Test
    void changesTheModeOfTheNextAnswer() throws InterruptedException {
        HydraEndpoint endpoint = new HydraEndpoint(hydra, recent);

        assertThat(endpoint.configure("Plain", null).mode()).isEqualTo("plain");

        assertThat(answer("say abc").drafted()).isEmpty();
        assertThat(endpoint.report().decoding().mode()).isEqualTo("plain");
        assertThat(new HydraHealthIndicator(hydra).health().getDetails())
                .containsEntry("mode", "plain")
                .containsEntry("draftHeads", 0);
    }

    @Test
    void changesTheTreeOfTheNextAnswer() throws InterruptedException {
        HydraEndpoint endpoint = new HydraEndpoint(hydra, recent);
        HydraReport.Decoding opened = endpoint.report().decoding();

        assertThat(endpoint.configure(null, "3").drafters())
                .extracting(HydraReport.Drafter::treeLevels)
                .containsExactly(List.of(2), List.of(2));
        assertThat(answer("say abc").drafted()).hasSize(1);

        assertThat(endpoint.configure("medusa", "none").drafters())
                .extracting(HydraReport.Drafter::treeNodes)
                .containsExactly(1, 1);
        assertThat(answer("say abc").drafted()).isEmpty();

        // as large as it was, and no larger
        assertThat(endpoint.configure("hydra", "999")).isEqualTo(opened);
        assertThat(answer("say abc").drafted()).hasSize(Reciter.HEADS);

        endpoint.configure("medusa", "1");
        assertThat(endpoint.configure("hydra", "own")).isEqualTo(opened);
    }

    @Test
    void takesAShippedTree() {
        try (Hydra four = Hydra.open(
                Reciter.options(folder).heads(Reciter.writeHeads(folder, 4)).build())) {
            HydraReport.Decoding decoding = new HydraEndpoint(four, recent).configure(null, "chain-4");

            assertThat(decoding.drafters())
                    .extracting(HydraReport.Drafter::treeLevels)
                    .containsExactly(List.of(1, 1, 1, 1));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "sideways |       | mode is 'sideways'; expected one of [plain, medusa, hydra]",
                "''       |       | mode is ''; expected one of [plain, medusa, hydra]",
                "plain    | 0     | tree is 0; expected 1 node or more, the root included",
                "         | -3    | tree is -3; expected 1 node or more, the root included",
                "plain    | oak   | tree is 'oak'; expected own, none, a number of nodes, or one of [chain-4,",
                "         | ../../etc/passwd | tree is '../../etc/passwd'; expected own, none, a number of nodes, or",
                "plain    | chain-4 | the tree is 4 levels deep; there are 3 draft heads: use a tree no deeper than",
                "         |       | nothing to change; expected mode, tree or both, as in"
            })
    void refusesWithTheReasonAndChangesNothing(@Nullable String mode, @Nullable String tree, String reason) {
        HydraEndpoint endpoint = new HydraEndpoint(hydra, recent);
        HydraReport.Decoding before = endpoint.report().decoding();

        assertThatExceptionOfType(InvalidEndpointRequestException.class)
                .isThrownBy(() -> endpoint.configure(mode, tree))
                .satisfies(refused -> assertThat(refused.getReason()).startsWith(reason));
        WebEndpointResponse<?> response = new HydraEndpointWebExtension(endpoint).configure(mode, tree);

        assertThat(response.getStatus()).isEqualTo(WebEndpointResponse.STATUS_BAD_REQUEST);
        assertThat(response.getBody())
                .isInstanceOfSatisfying(
                        HydraEndpointWebExtension.Refusal.class,
                        refusal -> assertThat(refusal.reason()).startsWith(reason));
        assertThat(endpoint.report().decoding()).isEqualTo(before);
    }

    @Test
    void refusesATreeWhereThereAreNoHeads() {
        try (Hydra plain = Hydra.open(Reciter.options(folder).heads(List.of()).build())) {
            HydraEndpoint endpoint = new HydraEndpoint(plain, recent);

            assertThatExceptionOfType(InvalidEndpointRequestException.class)
                    .isThrownBy(() -> endpoint.configure(null, "own"))
                    .withMessage("tree is 'own'; this model has no draft heads, and so no trees: open it with heads");
            assertThatExceptionOfType(InvalidEndpointRequestException.class)
                    .isThrownBy(() -> endpoint.configure("hydra", null))
                    .withMessageStartingWith("mode is hydra; this model decodes in [plain]");
            assertThat(endpoint.configure("plain", null))
                    .isEqualTo(endpoint.report().decoding());
        }
    }

    @Test
    void tellsApplicationsInfoWhatDecodes() {
        Info.Builder info = new Info.Builder();
        new HydraInfoContributor(hydra).contribute(info);

        assertThat(info.build().getDetails()).containsOnlyKeys("hydra");
        assertThat(info.build().getDetails())
                .extractingByKey("hydra", InstanceOfAssertFactories.map(String.class, Object.class))
                .containsEntry("model", Reciter.NAME)
                .containsEntry("family", "llama")
                .containsEntry("parameters", hydra.description().parameters())
                .containsEntry("device", "cpu")
                .containsEntry("dataType", "float32")
                .containsEntry(
                        "heads",
                        List.of(
                                new HydraInfoContributor.Heads("hydra", "hydra", Reciter.HEADS),
                                new HydraInfoContributor.Heads("medusa", "medusa", Reciter.HEADS)))
                .hasEntrySatisfying(
                        "version", version -> assertThat(version.toString()).matches("[0-9]+\\.[0-9]+\\.[0-9].*"));
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
