package dev.hydra.decode;

import dev.hydra.checkpoint.Family;
import dev.hydra.checkpoint.ModelConfig;
import dev.hydra.checkpoint.Rope;
import dev.hydra.checkpoint.RopeScaling;
import dev.hydra.checkpoint.SlidingWindow;
import dev.hydra.checkpoint.Tempering;
import dev.hydra.tree.TreeShape;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Random sizes of models, and random draft trees, for tests. */
public final class RandomModels {

    private RandomModels() {}

    /** Sizes of a tiny base model of any family, but Phi's: grouped heads or not, tied embeddings or not, windows or not, and so on. */
    static ModelConfig config(Random random, int vocabulary) {
        // every other one a Llama
        Family family = random.nextBoolean() ? Family.LLAMA : Family.values()[random.nextInt(Family.values().length)];
        return config(random, vocabulary, family == Family.PHI3 ? Family.LLAMA : family);
    }

    private static ModelConfig config(Random random, int vocabulary, Family family) {
        int keyValueHeads = 1 + random.nextInt(3);
        int heads = keyValueHeads * (1 + random.nextInt(3));
        int headWidth = 2 * (2 + random.nextInt(5));
        int layers = 1 + random.nextInt(3);
        boolean biased = family == Family.QWEN2 || family != Family.MISTRAL && random.nextBoolean();
        return ModelConfig.llama(vocabulary, 8 * (1 + random.nextInt(5)), layers, heads)
                .family(family)
                .window(window(random, family, layers))
                .tempering(
                        family == Family.GEMMA2
                                ? new Tempering(1 + random.nextInt(40), random.nextInt(3), 5 * random.nextInt(2))
                                : Tempering.plain(headWidth))
                .keyValueHeads(keyValueHeads)
                .headWidth(headWidth)
                .intermediate(8 + random.nextInt(60))
                .positions(128)
                .rope(new Rope(random.nextBoolean() ? 10000 : 500, scaling(random)))
                .tiedEmbeddings(random.nextBoolean())
                .attentionBias(biased)
                .build();
    }

    private static RopeScaling scaling(Random random) {
        double factor = 1 + 3 * random.nextDouble();
        return switch (random.nextInt(8)) {
            case 0 -> new RopeScaling.Linear(factor);
            case 1 -> new RopeScaling.Llama3(factor, 1, 4, 32);
            case 2 -> new RopeScaling.Yarn(factor, 32, RopeScaling.Ramp.USUAL, 1.1);
            default -> new RopeScaling.None();
        };
    }

    private static SlidingWindow window(Random random, Family family, int layers) {
        if (random.nextInt(4) == 0 || family == Family.LLAMA || family == Family.OLMO2) {
            return SlidingWindow.NONE;
        }
        Set<Integer> windowed = IntStream.range(0, layers)
                .filter(layer -> family == Family.MISTRAL || random.nextBoolean())
                .boxed()
                .collect(Collectors.toSet());
        return windowed.isEmpty() ? SlidingWindow.NONE : new SlidingWindow(1 + random.nextInt(20), windowed);
    }

    /**
     * A draft tree, small or large.
     *
     * @param depth   levels below the root at most
     * @param breadth children of a node at most
     */
    public static TreeShape tree(Random random, int depth, int breadth) {
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
