package dev.hydra.benchmarks;

import dev.hydra.draft.Drafter;
import dev.hydra.graph.Acceptance;
import dev.hydra.graph.Draft;
import dev.hydra.graph.Frontier;
import dev.hydra.graph.ModelGraph;
import dev.hydra.graph.Standing;
import dev.hydra.graph.Verdict;
import dev.hydra.tree.TreePath;
import dev.hydra.tree.TreeShape;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * Milliseconds per step, by phase.
 *
 * @param draft  giving the nodes their tokens, the prefix layer's pass included where there is one
 * @param verify the pass through the base model
 * @param accept choosing what to keep
 * @param commit keeping it
 */
record StepTimes(double draft, double verify, double accept, double commit) {

    /** All phases together. */
    double step() {
        return draft + verify + accept + commit;
    }

    /**
     * Makes steps as the decoder does, greedily, and times the phases one by one.
     *
     * @param start where B sequences stand; each needs room for all steps in its cache row
     * @param way   how all of them draft
     */
    static StepTimes measure(ModelGraph graph, Frontier start, Way way, int steps) {
        long[] times = new long[5];
        List<Integer> members = IntStream.range(0, start.size()).boxed().toList();
        Frontier frontier = start;
        for (int step = 0; step < steps; step++) {
            long from = System.nanoTime();
            try (Draft draft = way.drafter().draft(frontier, way.shape())) {
                long drafted = System.nanoTime();
                try (Verdict verdict = graph.verify(frontier, draft)) {
                    long verified = System.nanoTime();
                    List<Acceptance> accepted = graph.walk(new Standing(frontier, draft, verdict), members);
                    long walked = System.nanoTime();
                    List<TreePath> paths =
                            accepted.stream().map(Acceptance::path).toList();
                    graph.commit(frontier, verdict, paths);
                    long committed = System.nanoTime();
                    way.drafter().follow(frontier, verdict, members, paths);
                    times[0] += drafted - from + System.nanoTime() - committed;
                    times[1] += verified - drafted;
                    times[2] += walked - verified;
                    times[3] += committed - walked;
                    List<Integer> before = frontier.lengths();
                    frontier = new Frontier(
                            frontier.rows(),
                            members.stream()
                                    .map(member -> before.get(member)
                                            + paths.get(member).nodes().size())
                                    .toList(),
                            accepted.stream().map(Acceptance::bonus).toList());
                }
            }
        }
        double unit = 1e6 * steps;
        return new StepTimes(times[0] / unit, times[1] / unit, times[2] / unit, times[3] / unit);
    }

    /** How steps draft. */
    record Way(Drafter drafter, TreeShape shape) {}

    /** Every phase over several measurements. */
    static <T> Map<String, Spread> spread(List<T> measured, Function<T, StepTimes> times) {
        Map<String, ToDoubleFunction<StepTimes>> phases = new LinkedHashMap<>();
        phases.put("step", StepTimes::step);
        phases.put("draft", StepTimes::draft);
        phases.put("verify", StepTimes::verify);
        phases.put("accept", StepTimes::accept);
        phases.put("commit", StepTimes::commit);
        Map<String, Spread> spreads = new LinkedHashMap<>();
        phases.forEach((name, phase) -> spreads.put(
                name,
                Spread.of(measured.stream()
                        .map(one -> phase.applyAsDouble(times.apply(one)))
                        .toList())));
        return spreads;
    }
}
