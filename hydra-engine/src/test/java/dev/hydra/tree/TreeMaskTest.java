package dev.hydra.tree;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TreeMaskTest {
    @Test
    void letsANodeSeeItsAncestorsAndItself() {
        TreeMask mask = TreeMask.of(TreeShape.parse("[[0], [1], [0, 0]]"));
        boolean[][] rows = {
            {true, false, false, false},
            {true, true, false, false},
            {true, false, true, false},
            {true, true, false, true}
        };
        assertThat(mask.size()).isEqualTo(4);
        assertThat(mask.rows()).isDeepEqualTo(rows);
        assertThat(mask.attends(3, 1)).isTrue();
        assertThat(mask.attends(3, 2)).isFalse();
    }

    @Test
    void liesFlatRowByRowAndGivesCopies() {
        TreeMask mask = TreeMask.of(TreeShape.parse("[[0]]"));
        mask.flat()[1] = true;
        mask.rows()[0][1] = true;
        assertThat(mask.flat()).containsExactly(true, false, true, true);
    }
}
