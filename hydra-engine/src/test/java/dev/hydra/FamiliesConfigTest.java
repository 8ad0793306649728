package dev.hydra;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.hydra.checkpoint.Family;
import dev.hydra.checkpoint.ModelConfig;
import dev.hydra.checkpoint.Rope;
import dev.hydra.checkpoint.RopeScaling;
import dev.hydra.checkpoint.SlidingWindow;
import dev.hydra.checkpoint.StorageType;
import dev.hydra.checkpoint.Tempering;
import dev.hydra.graph.Verdict;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the configurations of other families mean. */
class FamiliesConfigTest {
    private static final Offset<Double> ROUNDING = within(1e-12);
    private static final Set<Integer> BOTH = Set.of(0, 1);

    @TempDir
    Path folder;

    static Stream<Named<Path>> models() {
        return FamilyCases.models();
    }

    @ParameterizedTest
    @MethodSource("models")
    void readsWhatItWrites(Path model) throws IOException {
        ModelConfig config = ModelConfig.read(model);
        config.write(folder);
        assertThat(ModelConfig.read(folder).tensorShapes()).isEqualTo(config.tensorShapes());
        // the end tokens of a model may come from its other file
        assertThat(ModelConfig.read(folder)).isEqualTo(config);
    }

    @Test
    void readsTheirFamilies() {
        assertThat(FamilyCases.index())
                .allSatisfy(entry ->
                        assertThat(config(entry.model()).family().label()).isEqualTo(entry.family()));
    }

    @Test
    void readsWindows() {
        assertThat(config("mistral-sw16").window()).isEqualTo(new SlidingWindow(16, BOTH));
        assertThat(config("mistral-full").window()).isEqualTo(SlidingWindow.NONE);
        assertThat(config("qwen25").window()).isEqualTo(SlidingWindow.NONE);
        assertThat(config("phi3").window()).isEqualTo(new SlidingWindow(20, BOTH));
        assertThat(config("gemma2").window()).isEqualTo(new SlidingWindow(16, Set.of(0)));
    }

    @Test
    void readsRotaryEmbeddings() {
        assertThat(config("llama1-mha").rope()).isEqualTo(Rope.of(10_000));
        assertThat(config("llama-linear").rope()).isEqualTo(new Rope(10_000, new RopeScaling.Linear(4)));
        assertThat(config("llama31-rope").rope()).isEqualTo(new Rope(500_000, new RopeScaling.Llama3(8, 1, 4, 32)));
        assertThat(config("qwen25-yarn").rope())
                .isEqualTo(new Rope(1e6, new RopeScaling.Yarn(4, 32, RopeScaling.Ramp.USUAL, 0.1 * Math.log(4) + 1)));
    }

    @Test
    void readsWhatGemmaDoesOtherwise() {
        ModelConfig gemma = config("gemma2");
        assertThat(gemma.tempering()).isEqualTo(new Tempering(30, 5, 1.5));
        assertThat(gemma.tiedEmbeddings()).isTrue();
        assertThat(gemma.embeddingScale()).isEqualTo(8);
        assertThat(gemma.family().normOffset()).isOne();
        assertThat(config("olmo2").tempering()).isEqualTo(Tempering.plain(16));
    }

    @Test
    void knowsHowFarScalingReaches() {
        assertThat(config("llama-linear").longest()).isEqualTo(4 * 4096);
        assertThat(config("llama31-rope").longest()).isEqualTo(1024);
        assertThat(config("qwen25-yarn").longest()).isEqualTo(128);
        assertThat(new RopeScaling.Yarn(4, 32_768, RopeScaling.Ramp.USUAL, 1).positions(32_768))
                .isEqualTo(131_072);
        assertThat(new RopeScaling.Dynamic(2, 4096).positions(4096)).isEqualTo(8192);
        assertThat(new RopeScaling.Linear(1e300).positions(4096)).isEqualTo(Integer.MAX_VALUE);
    }

    @Test
    void stretchesTheBaseOfARowThatIsLongerThanTheModelWasTrainedFor() {
        Rope rope = new Rope(10_000, new RopeScaling.Dynamic(2, 100));
        double[] plain = Rope.of(10_000).frequencies(8, 100);
        assertThat(plain).containsExactly(new double[] {1, 0.1, 0.01, 0.001}, ROUNDING);
        assertThat(rope.frequencies(8, 100)).isEqualTo(plain);
        // twice as many positions, by a factor of two: the base grows by 3 to the power of 8 / 6
        double base = 10_000 * Math.pow(3, 8 / 6.0);
        assertThat(rope.frequencies(8, 200))
                .containsExactly(
                        new double[] {1, Math.pow(base, -0.25), Math.pow(base, -0.5), Math.pow(base, -0.75)}, ROUNDING);
    }

    @Test
    void acceptsARowOfScaledPositionsAlone() {
        ModelConfig linear = ModelConfig.llama(20, 16, 1, 2)
                .positions(32)
                .rope(new Rope(10_000, new RopeScaling.Linear(2)))
                .build();
        Path base = new TinyLlama(linear, StorageType.FLOAT32, 1).write(folder);
        try (Rig rig = new Rig(Rig.options(1, 64), base)) {
            assertThat(rig.graph().positions()).isEqualTo(64);
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Rig(Rig.options(1, 65), base).close())
                .withMessage("a cache row of 65 positions; the model knows 64 (max_position_embeddings, scaled)");
    }

    /** One base for a whole row, known from the row's length: that of a model without scaling, but of a larger base. */
    @Test
    void stretchesACacheRowOnceAndForAll() {
        ModelConfig.Builder sizes = ModelConfig.llama(20, 16, 2, 2).positions(32);
        Rope dynamic = new Rope(10_000, new RopeScaling.Dynamic(2, 32));
        float[] stretched = scores(sizes.rope(dynamic).build(), 64);
        float[] plain = scores(sizes.rope(dynamic).build(), 32);
        assertThat(plain).isEqualTo(scores(sizes.ropeTheta(10_000).build(), 32));
        assertThat(stretched)
                .isNotEqualTo(plain)
                .containsExactly(
                        scores(
                                sizes.ropeTheta(10_000 * Math.pow(3, 8 / 6.0))
                                        .positions(64)
                                        .build(),
                                64),
                        Offset.offset(FamilyCases.TOLERANCE / 10));
    }

    /** Behind thirty tokens. */
    private float[] scores(ModelConfig config, int positions) {
        Path base = new TinyLlama(config, StorageType.FLOAT32, 5).write(folder);
        try (Rig rig = new Rig(Rig.options(1, positions), base);
                Verdict verdict = rig.graph()
                        .prefill(
                                List.of(0),
                                List.of(0),
                                List.of(IntStream.range(0, 30)
                                        .map(at -> at * 7 % 20)
                                        .boxed()
                                        .toList()))) {
            return verdict.scores(0, 0);
        }
    }

    @Test
    void holdsWindowsToTheirFamilies() {
        ModelConfig.Builder llama = ModelConfig.llama(20, 16, 2, 2).window(new SlidingWindow(4, BOTH));
        assertThatIllegalArgumentException()
                .isThrownBy(llama::build)
                .withMessageStartingWith("a sliding window in layers [")
                .withMessageEndingWith(" of 2; expected none for llama");
        assertThat(llama.family(Family.MISTRAL).build().window().in(1)).isTrue();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> llama.window(new SlidingWindow(4, Set.of(1))).build())
                .withMessage("a sliding window in layers [1] of 2; expected all or none for mistral");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> llama.family(Family.QWEN3)
                        .window(new SlidingWindow(4, Set.of(2)))
                        .build())
                .withMessage("a sliding window in layers [2] of 2; expected layers that the model has for qwen3");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new SlidingWindow(0, BOTH))
                .withMessage(
                        "a sliding window of 0 positions in 2 layers; expected 1 position or more in 1 layer or more, or none");
    }

    private static ModelConfig config(String model) {
        return ModelConfig.read(Families.folder().resolve("models").resolve(model));
    }
}
