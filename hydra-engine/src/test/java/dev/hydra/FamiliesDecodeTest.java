package dev.hydra;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hydra.checkpoint.HeadsConfig;
import dev.hydra.checkpoint.HeadsKind;
import dev.hydra.checkpoint.ModelConfig;
import dev.hydra.decode.Batch;
import dev.hydra.decode.DecodeListener;
import dev.hydra.decode.DecodePlan;
import dev.hydra.decode.Decoder;
import dev.hydra.decode.FinishReason;
import dev.hydra.decode.RandomModels;
import dev.hydra.decode.Sequence;
import dev.hydra.draft.Drafter;
import dev.hydra.graph.Acceptance;
import dev.hydra.graph.Draft;
import dev.hydra.graph.Frontier;
import dev.hydra.graph.ModelGraph;
import dev.hydra.graph.Standing;
import dev.hydra.graph.Verdict;
import dev.hydra.tree.TreePath;
import dev.hydra.tree.TreeShape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every family says what transformers says for it, token for token, however it is decoded. */
class FamiliesDecodeTest {
    private static final Offset<Float> TOLERANCE = Offset.offset(FamilyCases.TOLERANCE);
    private static final int POSITIONS = 180;
    private static final int HEADS = 4;
    private static final int SAID = 64;

    @TempDir
    Path folder;

    @TempDir
    Path scratch;

    static Stream<Named<Path>> folders() {
        return FamilyCases.folders();
    }

    static Stream<Named<Path>> models() {
        return FamilyCases.models();
    }

    @ParameterizedTest
    @MethodSource("folders")
    void saysTheExpectedTokens(Path model) {
        try (Rig rig = new Rig(Rig.options(1, POSITIONS), roomy(model))) {
            for (FamilyCases.Case expected : FamilyCases.of(model)) {
                Sequence sequence = sequence(expected, Set.of(), rig.plain());
                rig.decode(List.of(sequence));
                assertThat(sequence.tokens()).isEqualTo(expected.greedy().tokens());

                Set<Integer> ends = Set.copyOf(expected.stopExample().eosTokenId());
                Sequence stopped = sequence(expected, ends, rig.plain());
                rig.decode(List.of(stopped));
                assertThat(stopped.tokens()).isEqualTo(expected.stopExample().output());
                assertThat(stopped.completion().reason()).isEqualTo(FinishReason.STOP);

                List<Integer> text = new ArrayList<>(expected.prompt());
                text.addAll(expected.greedy().tokens().subList(0, SAID - 1));
                try (Verdict verdict = rig.graph().prefill(List.of(0), List.of(0), List.of(text))) {
                    assertThat(verdict.scores(0, 0))
                            .containsExactly(
                                    FamilyCases.floats(expected.afterGreedy().logits()), TOLERANCE);
                }
            }
        }
    }

    /** All prompts of a model in one batch, drafted for in different ways and trees. */
    @ParameterizedTest
    @MethodSource("models")
    void saysTheExpectedTokensWhateverIsDrafted(Path model) {
        List<FamilyCases.Case> cases = FamilyCases.of(model);
        ModelConfig config = ModelConfig.read(model);
        Random random = new Random(model.getFileName().hashCode());
        Path medusa = heads(config, HeadsKind.MEDUSA);
        Path roomy = roomy(model);
        for (HeadsKind hydra : List.of(HeadsKind.HYDRA, HeadsKind.HYDRA_PLUS_PLUS)) {
            try (Rig rig = new Rig(Rig.options(cases.size(), POSITIONS), roomy, medusa, heads(config, hydra))) {
                for (int chunk : List.of(3, 40)) {
                    List<Sequence> sequences = new ArrayList<>();
                    for (int at = 0; at < cases.size(); at++) {
                        HeadsKind kind = (at + chunk) % 4 == 0 ? HeadsKind.MEDUSA : hydra;
                        TreeShape shape = RandomModels.tree(random, HEADS, config.vocabulary());
                        sequences.add(sequence(cases.get(at), Set.of(), rig.drafter(kind, shape)));
                    }
                    decode(rig, sequences, chunk);
                    for (int at = 0; at < cases.size(); at++) {
                        assertThat(sequences.get(at).tokens())
                                .as("%s, %s", hydra, sequences.get(at).plan().tree())
                                .isEqualTo(cases.get(at).greedy().tokens());
                    }
                }
            }
        }
    }

    /**
     * Untrained heads are seldom right. Here what the model says is somewhere in every tree, among tokens that it does not say, so
     * that paths of every form are kept and their siblings are not.
     */
    @ParameterizedTest
    @MethodSource("models")
    void followsWhatIsRightInATree(Path model) {
        List<FamilyCases.Case> cases = FamilyCases.of(model);
        Random random = new Random(model.getFileName().hashCode() + 1);
        try (Rig rig = new Rig(Rig.options(cases.size(), POSITIONS), roomy(model))) {
            ModelGraph graph = rig.graph();
            List<Integer> rows = IntStream.range(0, cases.size()).boxed().toList();
            List<Integer> said = new ArrayList<>();
            List<Integer> lengths = new ArrayList<>();
            for (int row : rows) {
                List<Integer> prompt = cases.get(row).prompt();
                assertThat(rig.prefill(rig.plain(), row, prompt))
                        .isEqualTo(cases.get(row).greedy().tokens().get(0));
                said.add(1);
                lengths.add(prompt.size());
            }
            while (said.stream().allMatch(count -> count + HEADS + 1 < SAID)) {
                List<Integer> roots = new ArrayList<>();
                List<TreePath> paths = new ArrayList<>();
                List<Draft> parts = new ArrayList<>();
                for (int row : rows) {
                    List<Integer> next =
                            cases.get(row).greedy().tokens().subList(said.get(row) - 1, said.get(row) + HEADS + 1);
                    TreeShape shape = RandomModels.tree(random, HEADS, 8);
                    TreePath path = shape.nodesTo(random.nextInt(shape.size()));
                    roots.add(next.get(0));
                    paths.add(path);
                    parts.add(graph.given(shape, List.of(tokens(random, shape, path, next))));
                }
                Frontier frontier = new Frontier(rows, List.copyOf(lengths), roots);
                try (Draft draft = graph.join(parts, rows.stream().map(List::of).toList());
                        Verdict verdict = graph.verify(frontier, draft)) {
                    List<Acceptance> accepted = graph.walk(new Standing(frontier, draft, verdict), rows);
                    for (int row : rows) {
                        int depth = paths.get(row).depth();
                        List<Integer> tokens = cases.get(row).greedy().tokens();
                        assertThat(accepted.get(row).path()).isEqualTo(paths.get(row));
                        assertThat(accepted.get(row).bonus()).isEqualTo(tokens.get(said.get(row) + depth));
                        said.set(row, said.get(row) + depth + 1);
                        lengths.set(row, lengths.get(row) + depth + 1);
                    }
                    graph.commit(frontier, verdict, paths);
                }
                parts.forEach(Draft::close);
            }
        }
    }

    /** What comes next along the path, and beside it tokens that do not. */
    private static List<Integer> tokens(Random random, TreeShape shape, TreePath path, List<Integer> next) {
        Integer[] tokens = new Integer[shape.size()];
        for (int node : path.nodes()) {
            tokens[node] = next.get(shape.depth(node));
        }
        for (int node = 1; node < tokens.length; node++) {
            if (tokens[node] == null) {
                Set<Integer> taken = new HashSet<>(next);
                for (int sibling : shape.children(shape.parents().get(node))) {
                    if (tokens[sibling] != null) {
                        taken.add(tokens[sibling]);
                    }
                }
                while (tokens[node] == null || taken.contains(tokens[node])) {
                    tokens[node] = random.nextInt(100);
                }
            }
        }
        return List.of(tokens);
    }

    private Path roomy(Path model) {
        return FamilyCases.roomy(model, POSITIONS, scratch);
    }

    private Path heads(ModelConfig config, HeadsKind kind) {
        HeadsConfig set = new HeadsConfig(kind, HEADS, 2, "tiny");
        return TinyHeads.seeded(kind.ordinal(), config, set).write(folder.resolve(kind.name()));
    }

    private static Sequence sequence(FamilyCases.Case expected, Set<Integer> ends, Drafter drafter) {
        return new Sequence(DecodePlan.greedy(expected.prompt(), ends, SAID, drafter), Discard.INSTANCE);
    }

    private static void decode(Rig rig, List<Sequence> sequences, int chunk) {
        Decoder decoder = new Decoder(rig.graph(), new DecodeListener() {});
        for (int row = 0; row < sequences.size(); row++) {
            decoder.place(sequences.get(row), row);
            while (!sequences.get(row).isBegun()) {
                decoder.read(sequences.get(row), chunk);
            }
        }
        List<Sequence> running = new ArrayList<>(sequences);
        while (!running.isEmpty()) {
            decoder.step(new Batch(running));
            running.removeIf(Sequence::isFinished);
        }
    }
}
