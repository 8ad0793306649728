package dev.hydra;

import dev.hydra.checkpoint.Checkpoint;
import dev.hydra.checkpoint.HeadsCheckpoint;
import dev.hydra.checkpoint.HeadsKind;
import dev.hydra.decode.Batch;
import dev.hydra.decode.DecodeListener;
import dev.hydra.decode.Decoder;
import dev.hydra.decode.Sequence;
import dev.hydra.draft.Drafter;
import dev.hydra.draft.HydraDrafter;
import dev.hydra.draft.MedusaDrafter;
import dev.hydra.draft.SingleNodeDrafter;
import dev.hydra.graph.DataType;
import dev.hydra.graph.Frontier;
import dev.hydra.graph.GraphOptions;
import dev.hydra.graph.ModelGraph;
import dev.hydra.graph.Verdict;
import dev.hydra.tree.TreePath;
import dev.hydra.tree.TreeShape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** A base model and its heads on a graph, opened and closed together, for tests. */
public final class Rig implements AutoCloseable {

    private final Checkpoint checkpoint;
    private final ModelGraph graph;

    /** Opens a base and any number of head sets. */
    public Rig(GraphOptions options, Path base, Path... heads) {
        checkpoint = Checkpoint.open(base);
        graph = ModelGraph.load(checkpoint, options);
        for (Path folder : heads) {
            try (HeadsCheckpoint set = HeadsCheckpoint.open(folder)) {
                graph.bindHeads(set);
            }
        }
    }

    /** On a CPU in float32. */
    public static GraphOptions options(int rows, int positions) {
        return new GraphOptions("cpu", DataType.FLOAT32, rows, positions);
    }

    /** The base model's files. */
    public Checkpoint checkpoint() {
        return checkpoint;
    }

    /** The graph that both are bound to. */
    public ModelGraph graph() {
        return graph;
    }

    /** Drafts with heads of a kind. */
    public Drafter drafter(HeadsKind kind, TreeShape shape) {
        return kind.grounded() ? new HydraDrafter(graph, shape) : new MedusaDrafter(graph, shape);
    }

    /** Drafts nothing. */
    public Drafter plain() {
        return new SingleNodeDrafter(graph);
    }

    /** Reads a prompt into a cache row, for a drafter; the base model's likeliest token after it. */
    public int prefill(Drafter drafter, int row, List<Integer> prompt) {
        Frontier empty = new Frontier(List.of(row), List.of(0), List.of(prompt.get(0)));
        try (Verdict verdict = graph.prefill(List.of(row), List.of(0), List.of(prompt))) {
            TreePath path =
                    new TreePath(IntStream.range(0, prompt.size()).boxed().toList());
            drafter.follow(empty, verdict, List.of(0), List.of(path));
            return likeliest(verdict.scores(0, 0));
        }
    }

    /** The place of the largest score, the first of several. */
    public static int likeliest(float[] scores) {
        int best = 0;
        for (int at = 1; at < scores.length; at++) {
            best = scores[at] > scores[best] ? at : best;
        }
        return best;
    }

    /** Decodes sequences together, in rows 0, 1, 2, ..., until all have ended. */
    public void decode(List<Sequence> sequences) {
        decode(sequences, IntStream.range(0, sequences.size()).boxed().toList());
    }

    /** Decodes sequences together, each in its cache row, until all have ended. */
    public void decode(List<Sequence> sequences, List<Integer> rows) {
        Decoder decoder = new Decoder(graph, new DecodeListener() {});
        for (int at = 0; at < sequences.size(); at++) {
            Sequence sequence = sequences.get(at);
            decoder.place(sequence, rows.get(at));
            while (!sequence.isBegun() && !sequence.isFinished()) {
                decoder.read(sequence, 16);
            }
        }
        List<Sequence> running = new ArrayList<>(sequences);
        for (running.removeIf(Sequence::isFinished); !running.isEmpty(); running.removeIf(Sequence::isFinished)) {
            decoder.step(new Batch(running));
        }
    }

    @Override
    public void close() {
        graph.close();
        checkpoint.close();
    }
}
