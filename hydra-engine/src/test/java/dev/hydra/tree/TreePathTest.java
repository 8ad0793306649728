package dev.hydra.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;

class TreePathTest {
    @Test
    void knowsItsEndAndItsDepth() {
        TreePath path = new TreePath(List.of(0, 2, 6));
        assertThat(path.last()).isEqualTo(6);
        assertThat(path.depth()).isEqualTo(2);
    }

    @Test
    void rejectsPathThatStartsElsewhere() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new TreePath(List.of(1, 2)))
                .withMessage("path [1, 2] does not start at the root, node 0");
        assertThatIllegalArgumentException().isThrownBy(() -> new TreePath(List.of()));
    }

    @Test
    void rejectsPathThatLeadsUpwards() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new TreePath(List.of(0, 2, 2)))
                .withMessage("path [0, 2, 2] leads from node 2 to node 2; expected a higher node");
    }
}
