package dev.hydra.decode;

import dev.hydra.draft.Room;
import dev.hydra.graph.Acceptance;
import dev.hydra.graph.Draft;
import dev.hydra.graph.Frontier;
import java.util.ArrayList;
import java.util.List;

/** The sequences that step together. Belongs to the decoding thread. */
public final class Batch {

    private final List<Sequence> sequences;

    /** @param sequences one at least, with their prompts read, none of them ended */
    public Batch(List<Sequence> sequences) {
        this.sequences = List.copyOf(sequences);
    }

    /** The sequences, in the order of the rows of every array. */
    public List<Sequence> sequences() {
        return sequences;
    }

    /** Where each sequence stands. */
    Frontier frontier() {
        return new Frontier(
                sequences.stream().map(Sequence::row).toList(),
                sequences.stream().map(Sequence::cached).toList(),
                sequences.stream().map(Sequence::root).toList());
    }

    /** How large a tree every sequence has room for. */
    Room room(int positions) {
        int depth = sequences.stream().mapToInt(Sequence::remaining).min().orElseThrow() - 1;
        int nodes =
                positions - sequences.stream().mapToInt(Sequence::cached).max().orElseThrow();
        return new Room(depth, nodes);
    }

    /** Appends to every sequence what the step kept of its draft. */
    List<DecodeStatistics> append(List<Acceptance> accepted, Draft draft, StepTimes times) {
        List<Long> drafted = new ArrayList<>();
        for (int depth : draft.shape().depths()) {
            if (depth > drafted.size()) {
                drafted.add(0L);
            }
            if (depth > 0) {
                drafted.set(depth - 1, drafted.get(depth - 1) + 1);
            }
        }
        List<DecodeStatistics> deltas = new ArrayList<>();
        for (int at = 0; at < sequences.size(); at++) {
            deltas.add(sequences.get(at).append(accepted.get(at), drafted, times.share(sequences.size())));
        }
        return deltas;
    }
}
