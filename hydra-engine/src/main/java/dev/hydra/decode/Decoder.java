package dev.hydra.decode;

import dev.hydra.draft.Drafter;
import dev.hydra.graph.Acceptance;
import dev.hydra.graph.Draft;
import dev.hydra.graph.Frontier;
import dev.hydra.graph.ModelGraph;
import dev.hydra.graph.Verdict;
import dev.hydra.sampling.AcceptanceRule;
import java.time.Duration;
import java.util.List;

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
    private final Drafter drafter;
    private final AcceptanceRule rule;
    private final DecodeListener listener;

    /**
     * @param graph    the base model, with a cache row for each sequence
     * @param drafter  gives every node of a tree a token
     * @param rule     says what a step keeps
     * @param listener is told of every prefill and step
     */
    public Decoder(ModelGraph graph, Drafter drafter, AcceptanceRule rule, DecodeListener listener) {
        this.graph = graph;
        this.drafter = drafter;
        this.rule = rule;
        this.listener = listener;
    }

    /**
     * Reads a sequence's prompt into its cache row, and emits the token that follows it.
     *
     * @param chunk tokens to read in one pass at most; between two passes the sequence may be cancelled
     */
    public void prefill(Sequence sequence, int chunk) {
        Stopwatch watch = new Stopwatch();
        List<Integer> prompt = sequence.prompt();
        int root = -1;
        while (sequence.cached() < prompt.size()) {
            if (sequence.isFinished()) {
                return;
            }
            int from = sequence.cached();
            List<Integer> next = prompt.subList(from, Math.min(from + chunk, prompt.size()));
            root = graph.prefill(List.of(sequence.row()), List.of(from), List.of(next))
                    .get(0);
            sequence.read(next.size());
        }
        listener.measured(sequence.begin(root, watch.lap()));
        sequence.endIfFull(graph.positions());
    }

    /** Advances every sequence of the batch by one speculative step. */
    public void step(Batch batch) {
        Frontier frontier = batch.frontier();
        Stopwatch watch = new Stopwatch();
        List<DecodeStatistics> deltas;
        try (Draft draft = drafter.draft(frontier, batch.room(graph.positions()))) {
            Duration drafting = watch.lap();
            try (Verdict verdict = graph.verify(frontier, draft)) {
                Duration verifying = watch.lap();
                List<Acceptance> accepted = rule.accept(draft, verdict);
                graph.commit(
                        frontier,
                        verdict,
                        accepted.stream().map(Acceptance::path).toList());
                deltas = batch.append(accepted, draft, new StepTimes(drafting, verifying, watch.lap()));
            }
        }
        batch.sequences().forEach(sequence -> sequence.endIfFull(graph.positions()));
        deltas.forEach(listener::measured);
    }
}
