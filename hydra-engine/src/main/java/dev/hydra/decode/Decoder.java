package dev.hydra.decode;

import dev.hydra.graph.Acceptance;
import dev.hydra.graph.Draft;
import dev.hydra.graph.Frontier;
import dev.hydra.graph.ModelGraph;
import dev.hydra.graph.Standing;
import dev.hydra.graph.Verdict;
import dev.hydra.sampling.SamplingOptions;
import dev.hydra.tree.TreePath;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;

/*
 * Speculative decoding in a tree (arXiv 2402.05109, after Medusa, arXiv 2401.10774).
 *
 * A sequence's last token, the root, has been said but not yet read: it is not in the cache. A step drafts continuations of
 * it, a tree whose node 0 is the root, and reads the whole tree in one pass, every node seeing the verified prefix and its
 * own ancestors. The scores after the root say which child, if any, is the model's own next token; that child's scores say
 * which grandchild; and so on. The tokens of that path are exactly what one-token steps would have said. The scores after
 * the path's last node give one token more, the bonus: it is the next root. So a step costs one pass and yields between one
 * token and one more than the tree is deep.
 *
 * Plain decoding is this loop with a tree of one node.
 */
/** The decoding loop. Belongs to one thread, the one that uses the graph. */
public final class Decoder {

    private final ModelGraph graph;
    private final DecodeListener listener;

    /**
     * @param graph    the base model, with a cache row for each sequence
     * @param listener is told of every prefill and step
     */
    public Decoder(ModelGraph graph, DecodeListener listener) {
        this.graph = graph;
        this.listener = listener;
    }

    /**
     * Gives a sequence a row of the cache.
     *
     * @param row one that no other sequence has
     */
    public void place(Sequence sequence, int row) {
        sequence.place(row);
        SamplingOptions sampling = sequence.plan().sampling();
        graph.begin(row, sequence.plan().prompt(), sampling.logitBias(), sampling.adjusts());
    }

    /**
     * Reads the next tokens of a sequence's prompt into its cache row, and, where these are the last, emits the token that follows.
     *
     * @param chunk tokens to read at most
     */
    public void read(Sequence sequence, int chunk) {
        Stopwatch watch = new Stopwatch();
        List<Integer> next = sequence.unread(chunk);
        // there is no root token yet; what stands in for it is not looked at
        Frontier frontier = new Frontier(List.of(sequence.row()), List.of(sequence.cached()), List.of(next.get(0)));
        try (Verdict verdict = graph.prefill(frontier.rows(), frontier.lengths(), List.of(next))) {
            TreePath path = new TreePath(IntStream.range(0, next.size()).boxed().toList());
            sequence.plan().drafter().follow(frontier, verdict, List.of(0), List.of(path));
            if (sequence.cached() + next.size() < sequence.plan().prompt().size()) {
                sequence.read(next.size(), watch.lap());
                return;
            }
            try (Draft draft = graph.root(frontier)) {
                Batch alone = new Batch(List.of(sequence));
                alone.guide(graph, draft, verdict);
                int root = alone.accept(graph, new Standing(frontier, draft, verdict))
                        .get(0)
                        .bonus();
                sequence.read(next.size(), watch.lap());
                if (!sequence.isFinished()) {
                    listener.measured(sequence.begin(root));
                    sequence.endIfFull(graph.positions());
                }
            }
        }
    }

    /** Advances every sequence of the batch by one speculative step. */
    public void step(Batch batch) {
        Frontier frontier = batch.frontier();
        Stopwatch watch = new Stopwatch();
        List<DecodeStatistics> deltas;
        try (Draft draft = batch.draft(graph)) {
            Duration drafting = watch.lap();
            try (Verdict verdict = graph.verify(frontier, draft)) {
                batch.guide(graph, draft, verdict);
                Duration verifying = watch.lap();
                List<Acceptance> accepted = batch.accept(graph, new Standing(frontier, draft, verdict));
                List<TreePath> paths = accepted.stream().map(Acceptance::path).toList();
                graph.commit(frontier, verdict, paths);
                Duration committing = watch.lap();
                batch.follow(frontier, verdict, paths);
                StepTimes times = new StepTimes(drafting.plus(watch.lap()), verifying, committing);
                deltas = batch.append(accepted, draft, times);
            }
        }
        batch.sequences().forEach(sequence -> sequence.endIfFull(graph.positions()));
        deltas.forEach(listener::measured);
    }
}
