package dev.hydra.training.grow;

import dev.hydra.Hydra;
import dev.hydra.decode.DecodeListener;
import dev.hydra.decode.DecodeStatistics;
import dev.hydra.draft.DecodingMode;
import dev.hydra.schedule.Generation;
import dev.hydra.schedule.GenerationRequest;
import dev.hydra.training.console.Console;
import dev.hydra.training.console.Progress;
import dev.hydra.tree.TreeShape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Times the steps of trees of several sizes on an open engine, all sizes in turn on the same prompts, in several rounds. A step with
 * less than its whole tree, as at the end of a budget, does not count.
 */
final class StepTimer implements DecodeListener {

    private static final int GROUPS = 4;
    private static final int TOKENS = 64;

    private final List<DecodeStatistics> steps = Collections.synchronizedList(new ArrayList<>());

    @Override
    public void measured(DecodeStatistics delta) {
        if (delta.steps() == 1) {
            steps.add(delta);
        }
    }

    /**
     * What to time.
     *
     * @param trees   the root alone stands for plain decoding
     * @param mode    how the others are drafted for
     * @param prompts for them
     * @param rounds  that count
     */
    record Plan(List<TreeShape> trees, DecodingMode mode, List<List<Integer>> prompts, int rounds) {}

    /**
     * Times steps.
     *
     * @param hydra an engine that this timer listens to; as many requests run together as its cache has rows
     * @return milliseconds of a step of all rows by the nodes of the tree, medians over the rounds; a size is absent if no step had its
     *     whole tree
     */
    SortedMap<Integer, Double> measure(Hydra hydra, Plan plan, Console console) throws InterruptedException {
        int rows = hydra.description().rows();
        List<List<List<Integer>>> groups = groups(plan.prompts(), rows);
        SortedMap<Integer, List<Double>> times = new TreeMap<>();
        List<TreeShape> order = new ArrayList<>(plan.trees());
        long total = (1L + plan.rounds()) * order.size();
        try (Progress progress = console.progress("timing steps", total, "sizes")) {
            for (int round = 0; round <= plan.rounds(); round++) {
                SortedMap<Integer, List<Double>> measured = new TreeMap<>();
                for (List<List<Integer>> group : round == 0 ? groups.subList(0, 1) : groups) {
                    for (TreeShape tree : order) {
                        List<Double> found = run(hydra, group, tree, plan.mode());
                        measured.computeIfAbsent(tree.size(), size -> new ArrayList<>())
                                .addAll(found);
                    }
                }
                progress.advance(order.size());
                progress.remark("round %d of %d".formatted(round, plan.rounds()));
                Collections.rotate(order, 1);
                if (round > 0) {
                    measured.forEach((size, found) -> {
                        if (!found.isEmpty()) {
                            times.computeIfAbsent(size, absent -> new ArrayList<>())
                                    .add(median(found) * rows);
                        }
                    });
                }
            }
        }
        SortedMap<Integer, Double> medians = new TreeMap<>();
        times.forEach((size, rounds) -> medians.put(size, median(rounds)));
        return medians;
    }

    /** Prompts that run together, as many in a group as there are rows: those that there are, again and again if need be. */
    private static List<List<List<Integer>>> groups(List<List<Integer>> prompts, int rows) {
        List<List<List<Integer>>> groups = new ArrayList<>();
        int next = 0;
        while (groups.size() < GROUPS && (groups.isEmpty() || next < prompts.size())) {
            List<List<Integer>> group = new ArrayList<>();
            for (int row = 0; row < rows; row++) {
                group.add(prompts.get(next++ % prompts.size()));
            }
            groups.add(group);
        }
        return groups;
    }

    /** Milliseconds of one sequence's share of each step that had the whole tree. */
    private List<Double> run(Hydra hydra, List<List<Integer>> prompts, TreeShape tree, DecodingMode mode)
            throws InterruptedException {
        steps.clear();
        List<Generation> generations = new ArrayList<>();
        for (List<Integer> prompt : prompts) {
            GenerationRequest request = GenerationRequest.of(prompt).withMaximumTokens(TOKENS + tree.depth() + 1);
            generations.add(hydra.generate(
                    tree.size() == 1
                            ? request.withMode(DecodingMode.PLAIN)
                            : request.withMode(mode).withTree(tree)));
        }
        Generations.awaitAll(generations);
        return steps.stream()
                .filter(step ->
                        step.drafted().stream().mapToLong(Long::longValue).sum() == tree.size() - 1)
                .map(step -> step.stepTime().toNanos() / 1e6)
                .toList();
    }

    private static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }
}
