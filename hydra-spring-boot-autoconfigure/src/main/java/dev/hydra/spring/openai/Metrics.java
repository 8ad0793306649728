package dev.hydra.spring.openai;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.hydra.decode.DecodeStatistics;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What vLLM adds to a response, for benchmarks to read. */
record Metrics(@JsonProperty("speculative_decoding") SpeculativeDecoding speculation) {

    /**
     * How well an answer's drafts did. Steps that had no room for a draft, at the end of a budget, do not count. A tree counts with all
     * its nodes as drafted, and with its depth as the length of the draft, which is what a step can keep of it.
     *
     * @param meanAcceptanceLength tokens that a step yielded on average, the base model's own included: 1 is plain decoding
     * @param draftAcceptanceRate  the part of the drafted tokens that was kept
     * @param acceptanceHistogram  steps that kept 0, 1, … and {@code numSpecTokens} drafted tokens
     * @param acceptanceHistogramByDraftLength the same for each depth that the steps' trees had
     * @param numSpecSteps         steps
     * @param numSpecTokens        depth of the deepest tree
     */
    record SpeculativeDecoding(
            double meanAcceptanceLength,
            double draftAcceptanceRate,
            List<Long> acceptanceHistogram,
            SortedMap<Integer, List<Long>> acceptanceHistogramByDraftLength,
            long numSpecSteps,
            long numAcceptedDraftTokens,
            long numDraftTokens,
            int numSpecTokens) {}

    /** Those of an answer; null where nothing was drafted. */
    static @Nullable Metrics of(DecodeStatistics statistics) {
        SortedMap<Integer, List<Long>> rows =
                new TreeMap<>(statistics.histogram().rows());
        rows.remove(0);
        if (rows.isEmpty()) {
            return null;
        }
        List<Long> all = new ArrayList<>(Collections.nCopies(rows.lastKey() + 1, 0L));
        rows.values().forEach(row -> {
            for (int kept = 0; kept < row.size(); kept++) {
                all.set(kept, all.get(kept) + row.get(kept));
            }
        });
        long steps = sum(all);
        long accepted = sum(statistics.accepted());
        long drafted = sum(statistics.drafted());
        return new Metrics(new SpeculativeDecoding(
                1 + (double) accepted / steps,
                (double) accepted / drafted,
                all,
                rows,
                steps,
                accepted,
                drafted,
                rows.lastKey()));
    }

    private static long sum(List<Long> counts) {
        return counts.stream().mapToLong(Long::longValue).sum();
    }
}
