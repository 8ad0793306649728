package dev.hydra.graph;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hydra.Rig;
import dev.hydra.TinyLlama;
import dev.hydra.decode.RandomModels;
import dev.hydra.tree.TreeShape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Illegal tokens lose their scores, whatever was illegal before, and nothing else does. */
class TokenMasksTest {
    private static final int ROWS = 8;
    private static final int ROUNDS = 25;

    @TempDir
    Path folder;

    @Test
    void takesExactlyTheIllegalTokensWhereThereAreMoreSetsThanItKeeps() {
        Random random = new Random(5);
        try (Rig rig = new Rig(Rig.options(ROWS, 128), TinyLlama.seeded(6).write(folder))) {
            ModelGraph graph = rig.graph();
            int vocabulary = graph.config().vocabulary();
            // some come again and again, as those of a grammar do
            List<BitSet> known = IntStream.range(0, 40)
                    .mapToObj(set -> randomSet(random, vocabulary))
                    .toList();
            for (int round = 0; round < ROUNDS; round++) {
                TreeShape tree = RandomModels.tree(random, 4, 8);
                List<Integer> rows = IntStream.range(0, ROWS).boxed().toList();
                Frontier frontier = new Frontier(rows, Collections.nCopies(ROWS, 0), Collections.nCopies(ROWS, 1));
                List<List<Integer>> tokens = Collections.nCopies(
                        ROWS, random.ints(tree.size(), 0, vocabulary).boxed().toList());
                try (Draft draft = graph.given(tree, tokens);
                        Verdict free = graph.verify(frontier, draft);
                        Verdict masked = graph.verify(frontier, draft)) {
                    List<Integer> places = new ArrayList<>(
                            IntStream.range(0, ROWS * tree.size()).boxed().toList());
                    Collections.shuffle(places, random);
                    places = places.subList(0, 1 + random.nextInt(places.size()));
                    List<BitSet> legal = places.stream()
                            .map(place -> random.nextBoolean()
                                    ? randomSet(random, vocabulary)
                                    : known.get(random.nextInt(known.size())))
                            .toList();
                    graph.allow(masked, places, legal);
                    for (int place = 0; place < ROWS * tree.size(); place++) {
                        float[] before = free.scores(place / tree.size(), place % tree.size());
                        float[] after = masked.scores(place / tree.size(), place % tree.size());
                        int at = places.indexOf(place);
                        for (int token = 0; token < vocabulary; token++) {
                            boolean kept = at < 0 || legal.get(at).get(token);
                            assertThat(after[token])
                                    .as("round %d, place %d, token %d", round, place, token)
                                    .isEqualTo(kept ? before[token] : Float.NEGATIVE_INFINITY);
                        }
                    }
                }
            }
        }
    }

    @Test
    void allowsMoreNodesAtOnceThanItKeepsSets() {
        Random random = new Random(7);
        try (Rig rig = new Rig(Rig.options(ROWS, 128), TinyLlama.seeded(8).write(folder))) {
            ModelGraph graph = rig.graph();
            int vocabulary = graph.config().vocabulary();
            TreeShape tree = TreeShape.named("hydra-63");
            List<Integer> rows = IntStream.range(0, ROWS).boxed().toList();
            Frontier frontier = new Frontier(rows, Collections.nCopies(ROWS, 0), Collections.nCopies(ROWS, 1));
            List<List<Integer>> tokens = Collections.nCopies(ROWS, Collections.nCopies(tree.size(), 3));
            List<Integer> places =
                    IntStream.range(0, ROWS * tree.size()).boxed().toList();
            assertThat(places).hasSizeGreaterThan(TokenMasks.MOST);
            List<BitSet> legal =
                    places.stream().map(place -> randomSet(random, vocabulary)).toList();
            try (Draft draft = graph.given(tree, tokens);
                    Verdict verdict = graph.verify(frontier, draft)) {
                graph.allow(verdict, places, legal);
                for (int place : places) {
                    float[] scores = verdict.scores(place / tree.size(), place % tree.size());
                    for (int token = 0; token < vocabulary; token++) {
                        assertThat(Float.isFinite(scores[token]))
                                .isEqualTo(legal.get(place).get(token));
                    }
                }
            }
        }
    }

    private static BitSet randomSet(Random random, int vocabulary) {
        BitSet set = new BitSet();
        random.ints(1 + random.nextInt(vocabulary), 0, vocabulary).forEach(set::set);
        return set;
    }
}
