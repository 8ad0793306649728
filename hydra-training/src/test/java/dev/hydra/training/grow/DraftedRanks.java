package dev.hydra.training.grow;

import dev.hydra.checkpoint.Checkpoint;
import dev.hydra.checkpoint.HeadsCheckpoint;
import dev.hydra.draft.Drafter;
import dev.hydra.draft.HydraDrafter;
import dev.hydra.draft.MedusaDrafter;
import dev.hydra.graph.DataType;
import dev.hydra.graph.Draft;
import dev.hydra.graph.Frontier;
import dev.hydra.graph.GraphOptions;
import dev.hydra.graph.ModelGraph;
import dev.hydra.graph.Verdict;
import dev.hydra.training.TinyModel;
import dev.hydra.tree.TreePath;
import dev.hydra.tree.TreeShape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Ranks tokens the slow way: has the decoder draft, at every place, a node for every token there is. For tiny vocabularies. */
final class DraftedRanks implements RankSource {

    private final ModelGraph graph;
    private final Drafter drafter;

    private DraftedRanks(ModelGraph graph, Drafter drafter) {
        this.graph = graph;
        this.drafter = drafter;
    }

    static DraftedRanks open(Path model, Path folder, String device) {
        try (Checkpoint base = Checkpoint.open(model);
                HeadsCheckpoint heads = HeadsCheckpoint.open(folder)) {
            ModelGraph graph =
                    ModelGraph.load(base, new GraphOptions(device, DataType.FLOAT32, 1, TinyModel.POSITIONS));
            graph.bindHeads(heads);
            return new DraftedRanks(
                    graph,
                    heads.config().kind().grounded()
                            ? new HydraDrafter(graph, TreeShape.single())
                            : new MedusaDrafter(graph, TreeShape.single()));
        }
    }

    @Override
    public List<List<Integer>> ranks(List<Integer> tokens, int from) {
        return IntStream.range(from, tokens.size())
                .mapToObj(place -> place + 2 < tokens.size() ? ranksAt(tokens, place) : List.<Integer>of())
                .toList();
    }

    private List<Integer> ranksAt(List<Integer> tokens, int place) {
        List<Integer> read = tokens.subList(0, place + 1);
        Frontier empty = new Frontier(List.of(0), List.of(0), List.of(0));
        TreePath path = new TreePath(IntStream.range(0, read.size()).boxed().toList());
        try (Verdict verdict = graph.prefill(List.of(0), List.of(0), List.of(read))) {
            drafter.follow(empty, verdict, List.of(0), List.of(path));
        }
        Frontier frontier = new Frontier(List.of(0), List.of(read.size()), List.of(tokens.get(place + 1)));
        List<Integer> ranks = new ArrayList<>();
        int heads = Math.min(TinyModel.HEADS, tokens.size() - 2 - place);
        for (int head = 0; head < heads; head++) {
            ranks.add(rank(frontier, ranks, tokens.get(place + 2 + head)));
        }
        return ranks;
    }

    /** Where a token stands among all children of a node. */
    private int rank(Frontier frontier, List<Integer> above, int token) {
        List<List<Integer>> paths = new ArrayList<>();
        for (int depth = 0; depth <= above.size(); depth++) {
            int children =
                    depth < above.size() ? above.get(depth) + 1 : graph.config().vocabulary();
            for (int rank = 0; rank < children; rank++) {
                List<Integer> path = new ArrayList<>(above.subList(0, depth));
                path.add(rank);
                paths.add(path);
            }
        }
        TreeShape shape = TreeShape.ofPaths(paths);
        int parent = 0;
        for (int rank : above) {
            parent = shape.children(parent).get(rank);
        }
        try (Draft draft = drafter.draft(frontier, shape)) {
            List<Integer> children = shape.children(parent);
            for (int rank = 0; rank < children.size(); rank++) {
                if (draft.tokens()[0][children.get(rank)] == token) {
                    return rank;
                }
            }
        }
        throw new AssertionError("no child carries token " + token);
    }

    @Override
    public void close() {
        graph.close();
    }
}
