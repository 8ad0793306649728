package dev.hydra.decode;

import dev.hydra.checkpoint.ModelConfig;
import dev.hydra.tree.TreeShape;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Random sizes of models, and random draft trees, for tests. */
final class RandomModels {

    private RandomModels() {}

    /** Sizes of a tiny base model: grouped heads or not, tied embeddings or not, with biases or without. */
    static ModelConfig config(Random random, int vocabulary) {
        int keyValueHeads = 1 + random.nextInt(3);
        int heads = keyValueHeads * (1 + random.nextInt(3));
        int headWidth = 2 * (2 + random.nextInt(5));
        return ModelConfig.llama(vocabulary, 8 * (1 + random.nextInt(5)), 1 + random.nextInt(3), heads)
                .keyValueHeads(keyValueHeads)
                .headWidth(headWidth)
                .intermediate(8 + random.nextInt(60))
                .positions(128)
                .ropeTheta(random.nextBoolean() ? 10000 : 500)
                .tiedEmbeddings(random.nextBoolean())
                .attentionBias(random.nextBoolean())
                .build();
    }

    /**
     * A draft tree, small or large.
     *
     * @param depth   levels below the root at most
     * @param breadth children of a node at most
     */
    static TreeShape tree(Random random, int depth, int breadth) {
        int nodes = random.nextInt(random.nextBoolean() ? 6 : 40);
        List<List<Integer>> open = new ArrayList<>(List.of(List.of()));
        int[] children = new int[nodes + 1];
        for (int node = 0; node < nodes; node++) {
            int at = random.nextInt(open.size());
            List<Integer> path = new ArrayList<>(open.get(at));
            if (path.size() < depth && children[at] < Math.min(breadth, 20)) {
                path.add(children[at]++);
                open.add(path);
            }
        }
        return TreeShape.ofPaths(open.subList(1, open.size()));
    }
}
