package dev.hydra.decode;

import dev.hydra.draft.Drafter;
import dev.hydra.graph.Acceptance;
import dev.hydra.graph.Draft;
import dev.hydra.graph.Frontier;
import dev.hydra.graph.ModelGraph;
import dev.hydra.graph.Standing;
import dev.hydra.graph.Verdict;
import dev.hydra.sampling.AcceptanceRule;
import dev.hydra.sampling.Chooser;
import dev.hydra.tree.TreePath;
import dev.hydra.tree.TreeShape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;

/**
 * The sequences that step together. They may differ in everything: length, budget, sampling, drafter and tree. Those that draft alike
 * are drafted for together, and those whose tokens are chosen alike are walked together; all are verified in one pass. Belongs to
 * the decoding thread.
 */
public final class Batch {

    private final List<Sequence> sequences;

    /** @param sequences one at least, begun, none of them ended */
    public Batch(List<Sequence> sequences) {
        this.sequences = List.copyOf(sequences);
    }

    /** The sequences, in the order of the rows of every array. */
    public List<Sequence> sequences() {
        return sequences;
    }

    /** Where each sequence stands. */
    Frontier frontier() {
        return frontier(sequences);
    }

    private static Frontier frontier(List<Sequence> sequences) {
        return new Frontier(
                sequences.stream().map(Sequence::row).toList(),
                sequences.stream().map(Sequence::cached).toList(),
                sequences.stream().map(Sequence::root).toList(),
                sequences.stream().map(Sequence::following).toList());
    }

    /** How a sequence drafts in this step. */
    private record Way(Drafter drafter, TreeShape shape) {}

    /** Drafts for every sequence, with its own drafter, a tree that it has room for. */
    Draft draft(ModelGraph graph) {
        Map<Way, List<Integer>> ways = grouped(member -> {
            Sequence sequence = sequences.get(member);
            return new Way(sequence.plan().drafter(), sequence.tree(graph.positions()));
        });
        List<Draft> parts = new ArrayList<>();
        try {
            ways.forEach((way, members) -> parts.add(way.drafter()
                    .draft(frontier(members.stream().map(sequences::get).toList()), way.shape())));
            Draft draft = parts.size() == 1 ? parts.remove(0) : graph.join(parts, List.copyOf(ways.values()));
            return isGuided() && draft.nodes() > 1 ? mended(graph, draft) : draft;
        } finally {
            parts.forEach(Draft::close);
        }
    }

    /** The draft with better tokens where it breaks a grammar that leaves no choice. */
    private Draft mended(ModelGraph graph, Draft draft) {
        long[][] drafted = draft.tokens();
        long[][] better = drafted.clone();
        for (int member = 0; member < sequences.size(); member++) {
            int row = member;
            sequences
                    .get(member)
                    .foresight(draft.shapes().get(member))
                    .ifPresent(foresight -> better[row] = foresight.mended(drafted[row]));
        }
        if (Arrays.deepEquals(drafted, better)) {
            return draft;
        }
        try (draft) {
            return graph.given(draft.shapes(), better);
        }
    }

    private boolean isGuided() {
        return sequences.stream().anyMatch(sequence -> sequence.plan().guide().isPresent());
    }

    /** Takes the tokens that would break a sequence's grammar from the verdict's scores, at every node that its documents lead to. */
    void guide(ModelGraph graph, Draft draft, Verdict verdict) {
        if (!isGuided()) {
            return;
        }
        long[][] drafted = draft.tokens();
        List<Integer> places = new ArrayList<>();
        List<BitSet> legal = new ArrayList<>();
        for (int member = 0; member < sequences.size(); member++) {
            int first = member * draft.nodes();
            long[] tokens = drafted[member];
            sequences
                    .get(member)
                    .foresight(draft.shapes().get(member))
                    .ifPresent(foresight -> foresight.legal(tokens).forEach((node, set) -> {
                        places.add(first + node);
                        legal.add(set);
                    }));
        }
        graph.allow(verdict, places, legal);
    }

    /** What is kept of every sequence's draft, by its own rule. */
    List<Acceptance> accept(ModelGraph graph, Standing standing) {
        Map<AcceptanceRule, List<Integer>> rules =
                grouped(member -> sequences.get(member).plan().rule());
        Acceptance[] accepted = new Acceptance[sequences.size()];
        rules.forEach((rule, members) -> {
            List<Chooser> choosers = members.stream()
                    .map(member -> sequences.get(member).chooser(member))
                    .toList();
            List<Acceptance> found = rule.accept(graph, standing, choosers);
            for (int at = 0; at < found.size(); at++) {
                accepted[members.get(at)] = found.get(at);
            }
        });
        return List.of(accepted);
    }

    /** Tells every sequence's drafter which hidden rows have become part of the text. */
    void follow(Frontier frontier, Verdict verdict, List<TreePath> paths) {
        Map<Drafter, List<Integer>> drafters =
                grouped(member -> sequences.get(member).plan().drafter());
        drafters.forEach((drafter, members) -> drafter.follow(
                frontier, verdict, members, members.stream().map(paths::get).toList()));
    }

    /**
     * Appends to every sequence what the step kept of its draft. A sequence whose sink throws breaks off; the others go on.
     *
     * @return what the step adds to the statistics of those that did not break off
     */
    List<DecodeStatistics> append(List<Acceptance> accepted, Draft draft, StepTimes times) {
        List<DecodeStatistics> deltas = new ArrayList<>();
        StepTimes share = times.share(sequences.size());
        List<Drafted> drafted =
                sequences.stream().anyMatch(Sequence::isTraced) ? Drafted.tokens(draft) : Drafted.shapes(draft);
        for (int member = 0; member < sequences.size(); member++) {
            Sequence sequence = sequences.get(member);
            try {
                deltas.add(sequence.append(accepted.get(member), drafted.get(member), share));
            } catch (RuntimeException | Error e) {
                sequence.breakOff(e);
            }
        }
        return deltas;
    }

    /** The sequences' places by what they have in common, each list ascending. */
    private <T> Map<T, List<Integer>> grouped(IntFunction<T> by) {
        Map<T, List<Integer>> groups = new LinkedHashMap<>();
        for (int member = 0; member < sequences.size(); member++) {
            groups.computeIfAbsent(by.apply(member), group -> new ArrayList<>()).add(member);
        }
        return groups;
    }
}
