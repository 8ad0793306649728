package dev.hydra.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hydra.Rig;
import dev.hydra.TinyHeads;
import dev.hydra.TinyLlama;
import dev.hydra.checkpoint.HeadsCheckpoint;
import dev.hydra.checkpoint.HeadsConfig;
import dev.hydra.checkpoint.HeadsKind;
import dev.hydra.checkpoint.StoredTensor;
import dev.hydra.tree.TreePath;
import dev.hydra.tree.TreeShape;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What steps leave in a cache row, the base model's and the prefix layer's, is what one pass over the whole text puts there. The
 * text is judged by another graph with a single row, which has read nothing else.
 */
class CacheTest {
    private static final Offset<Float> FLOAT_NOISE = Offset.offset(1e-4f);

    private static final int ROWS = 6;
    private static final int POSITIONS = 48;
    private static final int VOCABULARY = 61;
    private static final int POISON = VOCABULARY - 1;
    private static final int STEPS = 40;
    private static final TreeShape FORKS = TreeShape.ofPaths(
            List.of(List.of(0), List.of(1), List.of(2), List.of(2, 0), List.of(2, 1), List.of(2, 1, 0)));
    private static final List<TreeShape> SHAPES = List.of(
            TreeShape.single(),
            TreeShape.named("chain-4"),
            TreeShape.named("default"),
            FORKS,
            TreeShape.named("hydra-63").within(4, 30));

    @TempDir
    Path folder;

    private Rig rig;
    private Rig judge;

    @BeforeEach
    void opensTheGraphs() {
        TinyLlama tiny = TinyLlama.seeded(41);
        Path base = tiny.write(folder.resolve("base"));
        HeadsConfig config = new HeadsConfig(HeadsKind.HYDRA_PLUS_PLUS, 4, 1, "tiny");
        Path heads = TinyHeads.seeded(42, tiny.config(), config).write(folder.resolve("heads"));
        HeadsConfig medusa = new HeadsConfig(HeadsKind.MEDUSA, 2, 1, "tiny");
        Path more = TinyHeads.seeded(43, tiny.config(), medusa).write(folder.resolve("medusa"));
        rig = new Rig(Rig.options(ROWS, POSITIONS), base, heads, more);
        judge = new Rig(Rig.options(1, POSITIONS), base, heads, more);
    }

    @AfterEach
    void closesThem() {
        rig.close();
        judge.close();
    }

    /** A text in a cache row: what the row holds, and the root token, which it does not. */
    private static final class Text {
        private final int row;
        private final List<Integer> tokens;
        private int root;

        Text(int row, List<Integer> tokens, int root) {
            this.row = row;
            this.tokens = new ArrayList<>(tokens);
            this.root = root;
        }

        int room() {
            return POSITIONS - tokens.size();
        }
    }

    /** A draft tree, and what is kept of it. */
    private record Kept(TreeShape shape, TreePath path) {}

    /** Batches of any rows, in any order, of texts of any length; texts end, and others take their rows. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void holdsWhatOnePassOverTheTextPutsThere(long seed) {
        Random random = new Random(seed);
        Text[] texts = new Text[ROWS];
        int moved = 0;
        for (int step = 0; step < STEPS; step++) {
            List<Integer> rows =
                    new ArrayList<>(IntStream.range(0, ROWS).boxed().toList());
            if (random.nextBoolean()) {
                Collections.shuffle(rows, random);
            }
            int first = random.nextInt(ROWS);
            rows = rows.subList(first, first + 1 + random.nextInt(ROWS - first));
            read(rows, texts, random);
            List<Text> batch = rows.stream().map(row -> texts[row]).toList();
            List<Kept> kept = batch.stream()
                    .map(text -> SHAPES.get(random.nextInt(SHAPES.size())).within(4, text.room()))
                    .map(shape -> new Kept(shape, shape.nodesTo(random.nextInt(shape.size()))))
                    .toList();
            moved += kept.stream()
                            .anyMatch(one -> one.path().last() != one.path().depth())
                    ? 1
                    : 0;
            step(rig.graph(), batch, kept, random);
            compare(rig.graph(), batch, "seed %d, step %d".formatted(seed, step));
        }
        assertThat(moved).isGreaterThan(STEPS / 4);
    }

    /** New texts for some rows, and for those that have none or are full; together, in chunks, whatever their lengths. */
    private void read(List<Integer> rows, Text[] texts, Random random) {
        List<Text> fresh = new ArrayList<>();
        for (int row : rows) {
            if (texts[row] == null || texts[row].room() == 0 || random.nextInt(6) == 0) {
                List<Integer> prompt = tokens(random, 1 + random.nextInt(POSITIONS / 2));
                rig.graph().begin(row, prompt, Map.of(), false);
                texts[row] = new Text(row, prompt, random.nextInt(POISON));
                fresh.add(texts[row]);
            }
        }
        int chunk = 1 + random.nextInt(POSITIONS / 2);
        for (int from = 0; !fresh.isEmpty(); from += chunk) {
            int start = from;
            fresh.removeIf(text -> text.tokens.size() <= start);
            if (!fresh.isEmpty()) {
                prefill(rig.graph(), fresh, from, chunk);
            }
        }
    }

    private static void prefill(ModelGraph graph, List<Text> texts, int from, int most) {
        List<Integer> rows = texts.stream().map(text -> text.row).toList();
        List<Integer> starts = Collections.nCopies(texts.size(), from);
        List<List<Integer>> chunks = texts.stream()
                .map(text -> text.tokens.subList(from, Math.min(from + most, text.tokens.size())))
                .toList();
        List<TreePath> paths = chunks.stream().map(chunk -> run(chunk.size())).toList();
        try (Verdict verdict = graph.prefill(rows, starts, chunks)) {
            List<Integer> members = IntStream.range(0, rows.size()).boxed().toList();
            graph.follow(new Frontier(rows, starts, starts), verdict, members, paths);
        }
    }

    private static TreePath run(int length) {
        return new TreePath(IntStream.range(0, length).boxed().toList());
    }

    /** Reads trees of random tokens, and keeps a path of each. */
    private static void step(ModelGraph graph, List<Text> batch, List<Kept> kept, Random random) {
        List<List<Integer>> tokens = new ArrayList<>();
        for (int member = 0; member < batch.size(); member++) {
            List<Integer> own = tokens(random, kept.get(member).shape().size());
            own.set(0, batch.get(member).root);
            tokens.add(own);
        }
        List<TreePath> paths = kept.stream().map(Kept::path).toList();
        Frontier frontier = frontier(batch);
        try (Draft draft = draft(graph, kept.stream().map(Kept::shape).toList(), tokens);
                Verdict verdict = graph.verify(frontier, draft)) {
            graph.commit(frontier, verdict, paths);
            List<Integer> members = IntStream.range(0, batch.size()).boxed().toList();
            graph.follow(frontier, verdict, members, paths);
        }
        for (int member = 0; member < batch.size(); member++) {
            for (int node : paths.get(member).nodes()) {
                batch.get(member).tokens.add(tokens.get(member).get(node));
            }
            batch.get(member).root = random.nextInt(POISON);
        }
    }

    private static Frontier frontier(List<Text> batch) {
        return new Frontier(
                batch.stream().map(text -> text.row).toList(),
                batch.stream().map(text -> text.tokens.size()).toList(),
                batch.stream().map(text -> text.root).toList());
    }

    private static Draft draft(ModelGraph graph, List<TreeShape> shapes, List<List<Integer>> tokens) {
        List<Draft> parts = new ArrayList<>();
        for (int member = 0; member < shapes.size(); member++) {
            parts.add(graph.given(shapes.get(member), List.of(tokens.get(member))));
        }
        try {
            return graph.join(
                    parts, IntStream.range(0, parts.size()).mapToObj(List::of).toList());
        } finally {
            parts.forEach(Draft::close);
        }
    }

    private void compare(Text text, String name) {
        compare(rig.graph(), List.of(text), name);
    }

    /**
     * What rows hold against one pass of the judge: the prefix layer's rows, the hidden rows that Medusa heads draft from, and all
     * that the base model says of a tree.
     */
    private void compare(ModelGraph graph, List<Text> batch, String name) {
        for (Text text : batch) {
            Text whole = judged(text);
            assertThat(graph.prefixed(text.row))
                    .as("%s: prefix layer of row %d", name, text.row)
                    .doesNotContain(0)
                    .containsExactly(judge.graph().prefixed(whole.row), FLOAT_NOISE);
        }
        compareDrafts(graph, batch, name);
        int room = batch.stream().mapToInt(Text::room).min().orElseThrow();
        if (room == 0) {
            return;
        }
        TreeShape shape = FORKS.within(3, room);
        List<Integer> tokens = tokens(new Random(room), shape.size());
        try (Draft draft = graph.given(shape, Collections.nCopies(batch.size(), tokens));
                Draft other = judge.graph().given(shape, List.of(tokens));
                Verdict found = graph.verify(frontier(batch), draft)) {
            for (int member = 0; member < batch.size(); member++) {
                Text whole = judged(batch.get(member));
                try (Verdict expected = judge.graph().verify(frontier(List.of(whole)), other)) {
                    for (int node = 0; node < shape.size(); node++) {
                        assertThat(found.scores(member, node))
                                .as("%s: scores of member %d, node %d", name, member, node)
                                .containsExactly(expected.scores(0, node), FLOAT_NOISE);
                        assertThat(found.hidden(member, node))
                                .as("%s: hidden row of member %d, node %d", name, member, node)
                                .containsExactly(expected.hidden(0, node), FLOAT_NOISE);
                    }
                }
            }
        }
    }

    /** Each Medusa head's ranks are the judge's, up to near ties. */
    private void compareDrafts(ModelGraph graph, List<Text> batch, String name) {
        TreeShape shape = TreeShape.ofPaths(List.of(List.of(0), List.of(1), List.of(2), List.of(0, 0), List.of(0, 1)));
        try (Draft draft = graph.draftMedusa(frontier(batch), shape)) {
            for (int member = 0; member < batch.size(); member++) {
                float[] hidden = lastHidden(batch.get(member));
                for (int node = 1; node < shape.size(); node++) {
                    float[] scores = judge.graph().medusaScores(hidden, shape.depth(node) - 1);
                    float[] ranked = scores.clone();
                    Arrays.sort(ranked);
                    assertThat(scores[(int) draft.tokens()[member][node]])
                            .as("%s: member %d, node %d of a Medusa draft", name, member, node)
                            .isCloseTo(ranked[ranked.length - 1 - shape.rank(node)], FLOAT_NOISE);
                }
            }
        }
    }

    private float[] lastHidden(Text text) {
        try (Verdict verdict = judge.graph().prefill(List.of(0), List.of(0), List.of(text.tokens))) {
            return verdict.hidden(0, text.tokens.size() - 1);
        }
    }

    /** The same text in the judge's row. */
    private Text judged(Text text) {
        Text whole = new Text(0, text.tokens, text.root);
        prefill(judge.graph(), List.of(whole), 0, POSITIONS);
        return whole;
    }

    /** The trees of full rows are filled up to the size of the largest; what fills them must not reach the next row. */
    @Test
    void fillsARowToItsLastPositionBesideALargerTree() {
        Random random = new Random(7);
        TreeShape large = TreeShape.named("default");
        for (int room = 1; room < 5; room++) {
            List<Text> texts = new ArrayList<>();
            for (int row = 0; row < ROWS; row++) {
                // every other row is nearly full
                int length = row % 2 == 0 ? POSITIONS - room : 1 + row;
                texts.add(new Text(row, tokens(random, length), random.nextInt(POISON)));
                prefill(rig.graph(), texts.subList(row, row + 1), 0, POSITIONS);
            }
            // in a batch of neighbours the next row belongs to it, in the other one it does not
            for (List<Text> batch : List.of(texts.subList(2, 4), List.of(texts.get(4), texts.get(1)))) {
                List<Kept> kept = batch.stream()
                        .map(text -> large.within(4, text.room()))
                        .map(shape -> new Kept(shape, shape.nodesTo(shape.size() - 1)))
                        .toList();
                step(rig.graph(), batch, kept, random);
            }
            for (Text text : texts) {
                compare(text, "room %d, row %d".formatted(room, text.row));
            }
        }
    }

    /** Sequences that draft in another way are verified in the same pass, and the prefix layer does not see them. */
    @Test
    void leavesThePrefixLayerOfOtherMembersAlone() {
        Random random = new Random(8);
        List<Text> batch = new ArrayList<>();
        for (int row : List.of(5, 0, 3)) {
            batch.add(new Text(row, tokens(random, 3 + row), random.nextInt(POISON)));
        }
        batch.forEach(text -> prefill(rig.graph(), List.of(text), 0, POSITIONS));
        float[] before = rig.graph().prefixed(0);
        Frontier frontier = frontier(batch);
        TreeShape shape = FORKS;
        List<List<Integer>> tokens = IntStream.range(0, 3)
                .mapToObj(member -> tokens(random, shape.size()))
                .toList();
        List<TreePath> paths = List.of(shape.nodesTo(6), shape.nodesTo(4), shape.nodesTo(0));
        try (Draft draft = rig.graph().given(shape, tokens);
                Verdict verdict = rig.graph().verify(frontier, draft)) {
            rig.graph().commit(frontier, verdict, paths);
            rig.graph().follow(frontier, verdict, List.of(0, 2), List.of(paths.get(0), paths.get(2)));
        }
        assertThat(rig.graph().prefixed(0)).containsExactly(before);
        for (int member : List.of(0, 2)) {
            Text text = batch.get(member);
            paths.get(member)
                    .nodes()
                    .forEach(node -> text.tokens.add(tokens.get(member).get(node)));
            compare(text, "row %d".formatted(text.row));
        }
    }

    /** A sequence that overflowed leaves what is no number behind, which no mask hides; whoever takes the row next is spared. */
    @Test
    void carriesNothingOverFromASequenceThatOverflowed() {
        Random random = new Random(10);
        StoredTensor table = rig.checkpoint().tensor("model.embed_tokens.weight");
        float[] numbers = table.floats();
        int width = numbers.length / VOCABULARY;
        Arrays.fill(numbers, POISON * width, numbers.length, Float.NaN);
        ByteBuffer bytes = table.type().encode(numbers);
        StoredTensor poisoned = new StoredTensor(table.name(), table.type(), table.shape(), bytes);
        try (HeadsCheckpoint heads = HeadsCheckpoint.open(folder.resolve("heads"));
                HeadsCheckpoint more = HeadsCheckpoint.open(folder.resolve("medusa"));
                ModelGraph graph = ModelGraph.load(rig.checkpoint(), List.of(poisoned), Rig.options(ROWS, POSITIONS))) {
            graph.bindHeads(heads);
            graph.bindHeads(more);
            TreeShape shape = FORKS;
            for (int at = 0; at < POSITIONS; at++) {
                List<Integer> tokens = tokens(random, POSITIONS);
                tokens.set(at, POISON);
                prefill(graph, List.of(new Text(1, tokens, 0)), 0, POSITIONS);
                assertThat(graph.prefixed(1)).contains(Float.NaN);
                graph.begin(1, List.of(), Map.of(), false);
                Text next = new Text(1, tokens(random, 2), 5);
                Text longer = new Text(2, tokens(random, 40), 6);
                prefill(graph, List.of(next), 0, POSITIONS);
                prefill(graph, List.of(longer), 0, POSITIONS);
                List<Text> batch = List.of(next, longer);
                Kept root = new Kept(shape, shape.nodesTo(0));
                step(graph, batch, List.of(new Kept(shape, shape.nodesTo(6)), root), random);
                compare(graph, batch, "overflow at %d".formatted(at));
            }
        }
    }

    @Test
    void refusesATreeThatARowHasNoRoomFor() {
        Text text = new Text(2, tokens(new Random(9), POSITIONS - 3), 5);
        prefill(rig.graph(), List.of(text), 0, POSITIONS);
        TreeShape shape = TreeShape.named("chain-4");
        try (Draft draft = rig.graph().given(shape, List.of(List.of(5, 1, 2, 3, 4)))) {
            assertThatThrownBy(() -> rig.graph().verify(frontier(List.of(text)), draft))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("45 tokens and 5 more do not fit a cache row of 48 positions");
        }
        compare(text, "after the refusal");
    }

    private static List<Integer> tokens(Random random, int length) {
        return new ArrayList<>(random.ints(length, 0, POISON).boxed().toList());
    }
}
