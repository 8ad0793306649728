package dev.hydra;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.hydra.checkpoint.Checkpoint;
import dev.hydra.checkpoint.ModelConfig;
import dev.hydra.checkpoint.SafetensorsWriter;
import dev.hydra.checkpoint.StoredTensor;
import dev.hydra.graph.Draft;
import dev.hydra.graph.Frontier;
import dev.hydra.graph.ModelGraph;
import dev.hydra.graph.Verdict;
import dev.hydra.tree.TreeShape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The graph gives the numbers of transformers, for every family that it knows. */
class FamiliesForwardTest {
    private static final Offset<Float> TOLERANCE = Offset.offset(FamilyCases.TOLERANCE);
    private static final int POSITIONS = 140;

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

    @Test
    void coversEveryModel() {
        assertThat(FamilyCases.folders().map(named -> named.getName().replaceFirst("^models/", "")))
                .containsExactlyInAnyOrderElementsOf(Families.names("models"));
        assertThat(FamilyCases.models()).hasSize(13);
    }

    @ParameterizedTest
    @MethodSource("folders")
    void givesTheExpectedHiddenRowsAndScores(Path model) {
        try (Rig rig = rig(model)) {
            for (FamilyCases.Case expected : FamilyCases.of(model)) {
                try (Verdict verdict = chain(rig.graph(), expected.prompt())) {
                    int last = expected.prompt().size() - 1;
                    assertThat(verdict.hidden(0, last))
                            .containsExactly(FamilyCases.floats(expected.last().finalHiddenState()), TOLERANCE);
                    assertThat(verdict.scores(0, last))
                            .containsExactly(FamilyCases.floats(expected.last().logits()), TOLERANCE);
                    for (FamilyCases.Top top : expected.top10()) {
                        float[] scores = verdict.scores(0, top.position());
                        // by score, not by token: neighbours nearer than the tolerance may change places
                        List<Integer> best = best(scores, top.ids().size());
                        for (int rank = 0; rank < top.ids().size(); rank++) {
                            assertThat(scores[top.ids().get(rank)])
                                    .isCloseTo(top.logits().get(rank), TOLERANCE);
                            assertThat(scores[best.get(rank)])
                                    .isCloseTo(top.logits().get(rank), TOLERANCE);
                        }
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void givesTheSameInChunksOfAnySize(Path model) {
        try (Rig rig = rig(model)) {
            for (FamilyCases.Case expected : FamilyCases.of(model)) {
                for (int chunk : List.of(1, 5, 16, 70)) {
                    List<Integer> prompt = expected.prompt();
                    for (int at = 0; at < prompt.size(); at += chunk) {
                        List<Integer> part = prompt.subList(at, Math.min(at + chunk, prompt.size()));
                        try (Verdict verdict = rig.graph().prefill(List.of(0), List.of(at), List.of(part))) {
                            if (at + chunk >= prompt.size()) {
                                assertThat(verdict.scores(0, 0))
                                        .containsExactly(
                                                FamilyCases.floats(
                                                        expected.last().logits()),
                                                TOLERANCE);
                                assertThat(verdict.hidden(0, part.size() - 1))
                                        .containsExactly(
                                                FamilyCases.floats(
                                                        expected.last().finalHiddenState()),
                                                TOLERANCE);
                            }
                        }
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void givesTheSameToPromptsThatAreReadTogether(Path model) {
        List<FamilyCases.Case> cases = FamilyCases.of(model);
        List<Integer> rows = IntStream.range(0, cases.size()).boxed().toList();
        List<List<Integer>> prompts =
                cases.stream().map(FamilyCases.Case::prompt).toList();
        // half of each first, so that the rows differ in where they stand and in what comes
        List<Integer> read = prompts.stream().map(prompt -> prompt.size() / 2).toList();
        List<Integer> longer = rows.stream().filter(row -> read.get(row) > 0).toList();
        try (Rig rig = new Rig(Rig.options(cases.size(), POSITIONS), FamilyCases.roomy(model, POSITIONS, scratch))) {
            rig.graph()
                    .prefill(
                            longer,
                            longer.stream().map(row -> 0).toList(),
                            longer.stream()
                                    .map(row -> prompts.get(row).subList(0, read.get(row)))
                                    .toList())
                    .close();
            try (Verdict verdict = rig.graph()
                    .prefill(
                            rows,
                            read,
                            rows.stream()
                                    .map(row -> prompts.get(row)
                                            .subList(
                                                    read.get(row),
                                                    prompts.get(row).size()))
                                    .toList())) {
                for (int row : rows) {
                    assertThat(verdict.scores(row, 0))
                            .containsExactly(
                                    FamilyCases.floats(cases.get(row).last().logits()), TOLERANCE);
                }
            }
        }
    }

    /** A model of the first layer alone gives that layer's output, after the final norm. */
    @ParameterizedTest
    @MethodSource("models")
    void givesTheExpectedOutputOfTheFirstLayer(Path model) throws IOException {
        Path first = firstLayerOf(model);
        try (Rig rig = rig(first)) {
            ModelConfig config = rig.graph().config();
            float[] weight = rig.checkpoint().tensor("model.norm.weight").floats();
            for (FamilyCases.Case expected : FamilyCases.of(model)) {
                float[] row = FamilyCases.floats(expected.last().layerOutputs().get(0));
                double squares = 0;
                for (float number : row) {
                    squares += (double) number * number;
                }
                double scale = 1 / Math.sqrt(squares / row.length + config.rmsNormEpsilon());
                for (int at = 0; at < row.length; at++) {
                    row[at] = (float)
                            (row[at] * scale * (weight[at] + config.family().normOffset()));
                }
                try (Verdict verdict = chain(rig.graph(), expected.prompt())) {
                    assertThat(verdict.hidden(0, expected.prompt().size() - 1)).containsExactly(row, TOLERANCE);
                }
            }
        }
    }

    private Path firstLayerOf(Path model) throws IOException {
        try (Checkpoint whole = Checkpoint.open(model)) {
            JsonObject json = JsonParser.parseString(Files.readString(model.resolve(ModelConfig.FILE)))
                    .getAsJsonObject();
            json.addProperty("num_hidden_layers", 1);
            Files.writeString(folder.resolve(ModelConfig.FILE), json.toString());
            SafetensorsWriter writer = new SafetensorsWriter();
            ModelConfig.read(folder).tensorShapes().forEach((name, shape) -> {
                StoredTensor tensor = whole.tensor(name);
                writer.add(name, tensor.type(), shape, tensor::bytes);
            });
            writer.write(folder.resolve(Checkpoint.FILE));
        }
        return folder;
    }

    private Rig rig(Path model) {
        return new Rig(Rig.options(1, POSITIONS), FamilyCases.roomy(model, POSITIONS, scratch));
    }

    /** All tokens in one pass, each behind the one before it. */
    private static Verdict chain(ModelGraph graph, List<Integer> tokens) {
        TreeShape chain =
                new TreeShape(IntStream.range(-1, tokens.size() - 1).boxed().toList());
        Frontier empty = new Frontier(List.of(0), List.of(0), List.of(tokens.get(0)));
        try (Draft draft = graph.given(chain, List.of(tokens))) {
            return graph.verify(empty, draft);
        }
    }

    private static List<Integer> best(float[] scores, int count) {
        List<Integer> ids =
                new ArrayList<>(IntStream.range(0, scores.length).boxed().toList());
        ids.sort(Comparator.comparing((Integer id) -> scores[id]).reversed());
        return ids.subList(0, count);
    }
}
