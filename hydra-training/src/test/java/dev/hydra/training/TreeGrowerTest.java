package dev.hydra.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hydra.tree.TreeShape;
import java.util.List;
import org.junit.jupiter.api.Test;

class TreeGrowerTest {

    @Test
    void takesTheLikeliestNodesFirst() {
        // 0.6, 0.3; below them 0.5 and 0.4 of that
        TreeGrower grower = new TreeGrower(List.of(List.of(0.6, 0.3), List.of(0.5, 0.4)));
        assertThat(grower.grow(1)).isEqualTo(TreeShape.single());
        assertThat(grower.grow(4)).isEqualTo(TreeShape.parse("[[0], [1], [0, 0]]"));
        assertThat(grower.grow(5)).isEqualTo(TreeShape.parse("[[0], [1], [0, 0], [0, 1]]"));
    }

    @Test
    void goesStraightDownWhereHeadsAreSure() {
        List<Double> sure = List.of(0.97, 0.01);
        assertThat(new TreeGrower(List.of(sure, sure, sure)).grow(4))
                .isEqualTo(TreeShape.parse("[[0], [0, 0], [0, 0, 0]]"));
    }

    @Test
    void neverPrefersAWorseRank() {
        TreeGrower grower = new TreeGrower(List.of(List.of(0.2, 0.3)));
        assertThat(grower.grow(2)).isEqualTo(TreeShape.parse("[[0]]"));
    }

    @Test
    void saysWhenTheHeadsHaveNoMoreChoices() {
        assertThatThrownBy(() -> new TreeGrower(List.of(List.of(0.6, 0.3))).grow(4))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("3 nodes; expected 4");
    }
}
