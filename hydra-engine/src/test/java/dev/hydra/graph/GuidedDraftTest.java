package dev.hydra.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.hydra.Rig;
import dev.hydra.TinyHeads;
import dev.hydra.TinyLlama;
import dev.hydra.checkpoint.HeadsConfig;
import dev.hydra.checkpoint.HeadsKind;
import dev.hydra.draft.Drafter;
import dev.hydra.tree.TreeShape;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Where not every token may follow a root, its children are the head's likeliest of those that may. */
class GuidedDraftTest {

    private static final List<Integer> PROMPT = List.of(3, 1, 4, 1, 5);

    /** Children of the root, each with one of its own. */
    private static final int CHILDREN = 3;

    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource(HeadsKind.class)
    void takesTheLikeliestTokensThatMayFollow(HeadsKind kind) {
        try (Rig rig = rig(kind)) {
            int vocabulary = rig.graph().config().vocabulary();
            Drafter drafter = rig.drafter(kind, tree(CHILDREN));
            List<Integer> roots = List.of(
                    rig.prefill(drafter, 0, PROMPT),
                    rig.prefill(drafter, 1, PROMPT),
                    rig.prefill(drafter, 2, PROMPT.subList(0, 3)));
            int[] ranked = children(
                    drafter, roots, List.of(Optional.empty(), Optional.empty(), Optional.empty()), 2 * CHILDREN)[0];
            BitSet lessLikely = new BitSet();
            lessLikely.set(0, vocabulary);
            Arrays.stream(ranked, 0, CHILDREN).forEach(lessLikely::clear);
            BitSet one = new BitSet();
            one.set(ranked[CHILDREN + 1]);

            int[][] free =
                    children(drafter, roots, List.of(Optional.empty(), Optional.empty(), Optional.empty()), CHILDREN);
            int[][] guided = children(
                    drafter, roots, List.of(Optional.of(lessLikely), Optional.empty(), Optional.of(one)), CHILDREN);

            assertThat(free[0]).containsExactly(Arrays.copyOf(ranked, CHILDREN));
            assertThat(guided[0]).containsExactly(Arrays.copyOfRange(ranked, CHILDREN, 2 * CHILDREN));
            assertThat(guided[1]).as("a sequence that may say anything").containsExactly(free[1]);
            assertThat(guided[2][0]).isEqualTo(ranked[CHILDREN + 1]);
            assertThat(guided[2])
                    .as("siblings where fewer tokens may follow than there are")
                    .doesNotHaveDuplicates();
        }
    }

    @Test
    void demandsASetForEverySequenceOrNone() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Frontier(List.of(0, 1), List.of(4, 4), List.of(1, 2), List.of(Optional.empty())))
                .withMessageContaining("1 sets of tokens that may follow");
    }

    private Rig rig(HeadsKind kind) {
        TinyLlama tiny = TinyLlama.seeded(61);
        return new Rig(
                Rig.options(3, 64),
                tiny.write(folder.resolve("base")),
                TinyHeads.seeded(62, tiny.config(), new HeadsConfig(kind, 2, 1, "tiny"))
                        .write(folder.resolve("heads")));
    }

    private static TreeShape tree(int children) {
        return TreeShape.ofPaths(IntStream.range(0, 2 * children)
                .mapToObj(node -> node < children ? List.of(node) : List.of(node - children, 0))
                .toList());
    }

    /** The tokens of the children of every root. */
    private static int[][] children(
            Drafter drafter, List<Integer> roots, List<Optional<BitSet>> following, int children) {
        Frontier frontier = new Frontier(List.of(0, 1, 2), List.of(PROMPT.size(), PROMPT.size(), 3), roots, following);
        try (Draft draft = drafter.draft(frontier, tree(children))) {
            return Arrays.stream(draft.tokens())
                    .map(tokens -> Arrays.stream(tokens, 1, 1 + children)
                            .mapToInt(Math::toIntExact)
                            .toArray())
                    .toArray(int[][]::new);
        }
    }
}
