package dev.hydra.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.engine.EngineException;
import dev.hydra.Rig;
import dev.hydra.TinyHeads;
import dev.hydra.TinyLlama;
import dev.hydra.checkpoint.Checkpoint;
import dev.hydra.checkpoint.HeadsCheckpoint;
import dev.hydra.tree.TreeShape;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Packed or plain, the products are the same to the precision of their type. */
class ProductsTest {
    private static final Offset<Float> FLOAT_NOISE = Offset.offset(1e-4f);

    @TempDir
    Path folder;

    @Test
    void draftAndVerifyAlikePackedAndPlain() {
        Path base = TinyLlama.seeded(31).write(folder.resolve("base"));
        try (Checkpoint checkpoint = Checkpoint.open(base)) {
            Path draft = TinyHeads.seeded(32, checkpoint.config(), 3, 2).write(folder.resolve("heads"));
            GraphOptions options = new GraphOptions("cpu", DataType.FLOAT32, 1, 64);
            try (HeadsCheckpoint heads = HeadsCheckpoint.open(draft);
                    ModelGraph packed = ModelGraph.load(checkpoint, options, Products.of("cpu", DataType.FLOAT32));
                    ModelGraph plain = ModelGraph.load(checkpoint, options, Products.PLAIN)) {
                packed.bindHeads(heads);
                plain.bindHeads(heads);
                List<Integer> prompt = List.of(3, 1, 4, 1, 5);
                TreeShape shape = TreeShape.named("default").within(3, 12);
                int root = prefill(packed, prompt);
                assertThat(prefill(plain, prompt)).isEqualTo(root);
                Frontier frontier = new Frontier(List.of(0), List.of(prompt.size()), List.of(root));
                try (Draft one = packed.draft(frontier, shape);
                        Draft other = plain.draft(frontier, shape);
                        Verdict verdict = packed.verify(frontier, one);
                        Verdict otherVerdict = plain.verify(frontier, other)) {
                    assertThat(other.tokens()).isDeepEqualTo(one.tokens());
                    for (int node = 0; node < shape.size(); node++) {
                        assertThat(otherVerdict.scores(0, node)).containsExactly(verdict.scores(0, node), FLOAT_NOISE);
                    }
                }
            }
        }
    }

    @Test
    void learnsOfAMissingOperatorFromAnEngineException() {
        GraphArchive archive = new GraphArchive("Unknown").source(ProductsTest.class, "unknown_operator.py");
        assertThatThrownBy(() -> new Script(archive, Device.cpu()).close())
                .isInstanceOf(EngineException.class)
                .hasMessageContaining("nowhere");
    }

    @Test
    void takesPlainProductsOnAGpu() {
        assertThat(Products.of("gpu0", DataType.BFLOAT16)).isEqualTo(Products.PLAIN);
    }

    private static int prefill(ModelGraph graph, List<Integer> prompt) {
        try (Verdict verdict = graph.prefill(List.of(0), List.of(0), List.of(prompt))) {
            return Rig.likeliest(verdict.scores(0, 0));
        }
    }
}
