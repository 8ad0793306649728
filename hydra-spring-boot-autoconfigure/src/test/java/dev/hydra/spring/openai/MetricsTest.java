package dev.hydra.spring.openai;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hydra.decode.AcceptanceHistogram;
import dev.hydra.decode.DecodeStatistics;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class MetricsTest {

    @Test
    void leavesStepsWithoutADraftOut() {
        // two steps without a draft, two with one node below the root, three with trees of six nodes, three deep
        AcceptanceHistogram histogram = new AcceptanceHistogram(
                new TreeMap<>(Map.of(0, List.of(2L), 1, List.of(1L, 1L), 3, List.of(0L, 1L, 0L, 2L))));

        Metrics metrics = Metrics.of(statistics(List.of(11L, 6L, 3L), List.of(4L, 2L, 2L), histogram));

        assertThat(Json.write(metrics)).isEqualTo("""
                {"speculative_decoding":{"mean_acceptance_length":2.6,"draft_acceptance_rate":0.4,\
                "acceptance_histogram":[1,2,0,2],"acceptance_histogram_by_draft_length":{"1":[1,1],"3":[0,1,0,2]},\
                "num_spec_steps":5,"num_accepted_draft_tokens":8,"num_draft_tokens":20,"num_spec_tokens":3}}""");
    }

    @Test
    void areNotThereWhereNothingWasDrafted() {
        assertThat(Metrics.of(DecodeStatistics.none())).isNull();
        assertThat(Metrics.of(statistics(List.of(), List.of(), AcceptanceHistogram.ofStep(0, 0))))
                .isNull();
    }

    private static DecodeStatistics statistics(List<Long> drafted, List<Long> accepted, AcceptanceHistogram histogram) {
        return new DecodeStatistics(
                1,
                5,
                20,
                7,
                drafted,
                accepted,
                histogram,
                Duration.ZERO,
                Duration.ZERO,
                Duration.ZERO,
                Duration.ZERO,
                Duration.ZERO);
    }
}
