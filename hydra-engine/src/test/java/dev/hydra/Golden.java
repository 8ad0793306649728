package dev.hydra;

import com.google.gson.FieldNamingPolicy;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.annotations.SerializedName;
import dev.hydra.tree.TreeShape;
import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Named;

/**
 * The golden data: what the paper authors' implementation gives for tiny models. Lies in the test resources, or in the
 * folder that the system property {@code hydra.golden} names. Every list is named by its files, for parameterised tests.
 */
public final class Golden {
    /** Largest absolute difference of two logits or hidden numbers that count as equal. */
    public static final float TOLERANCE = 1e-4f;

    private static final Gson GSON = new GsonBuilder()
            .setFieldNamingPolicy(FieldNamingPolicy.LOWER_CASE_WITH_UNDERSCORES)
            .create();

    private Golden() {}

    /** {@code units/tree-*.json}: the buffers of one tree. */
    public record TreeUnit(
            String tree,
            List<List<Integer>> treeChoices,
            int nodeCount,
            List<List<Integer>> nodePaths,
            List<List<Integer>> attentionMask,
            List<Integer> positionIds,
            List<List<Integer>> retrieveIndices,
            List<Integer> maxAccepts,
            List<Integer> beamSizes,
            List<List<Integer>> childrenPerHead,
            List<List<Integer>> childrenToExpandPerHead) {}

    /** {@code units/base-forward-*.json}: one pass of a base model, one row per position. */
    public record BaseForward(
            String base,
            List<Integer> inputIds,
            List<List<List<Float>>> layerInputs,
            List<List<Float>> finalHiddenStates,
            List<List<Float>> logits) {}

    /** {@code units/head-forward-*.json}: passes of single heads. */
    public record HeadForward(
            String base,
            String heads,
            String arch,
            boolean grounded,
            int numHeads,
            int numLayers,
            List<List<Float>> inputHiddenStates,
            List<Integer> tokenIds,
            @Nullable List<List<Float>> prefixOutput,
            List<HeadOutput> outputs) {}

    /** One head, counted from 1, at one position, given the tokens before its own. */
    public record HeadOutput(
            int position, int head, List<Integer> conditionTokens, List<Float> headHidden, List<Float> logits) {}

    /** {@code cases/*.json}: one generation run. */
    public record Run(
            @SerializedName("case") String name,
            String base,
            String heads,
            String tree,
            List<List<Integer>> treeChoices,
            double temperature,
            double posteriorThreshold,
            double posteriorAlpha,
            @Nullable Integer eosTokenId,
            List<Integer> prompt,
            Prefill prefill,
            List<HeadLogits> firstStepHeadLogits,
            List<Integer> acceptLengths,
            List<List<Integer>> acceptedNodes,
            List<FirstStep> firstSteps,
            List<Integer> output,
            @Nullable List<Integer> outputUntilEos,
            List<Integer> greedyReference) {
        /** The draft tree of the run. */
        public TreeShape shape() {
            return TreeShape.ofPaths(treeChoices);
        }
    }

    /** State of the base model after the prompt. */
    public record Prefill(int argmax, List<Integer> top5Ids, List<Float> top5Logits, List<Float> lastHiddenState) {}

    /** The ten best tokens of one head in the first step. */
    public record HeadLogits(int head, List<Integer> top10Ids, List<Float> top10Logits) {}

    /** One of the first three steps in detail. */
    public record FirstStep(
            List<Integer> treeTokens,
            List<Integer> nodeArgmax,
            List<Float> nodeMaxLogit,
            int acceptLength,
            List<Integer> acceptedNodes,
            List<Integer> appendedTokens,
            List<Integer> nextTop5Ids,
            List<Float> nextTop5Logits,
            List<Float> lastHiddenState) {}

    /** A case of {@code units/posterior.json}: acceptance alone, on fixed scores. */
    public record Posterior(
            String name,
            String tree,
            List<List<Integer>> treeChoices,
            double temperature,
            double posteriorThreshold,
            double posteriorAlpha,
            List<Integer> treeTokens,
            List<List<Float>> nodeLogits,
            int acceptLength,
            List<Integer> acceptedNodes,
            List<Integer> acceptedTokens,
            int nextTokenArgmax) {
        /** The draft tree of the case. */
        public TreeShape shape() {
            return TreeShape.ofPaths(treeChoices);
        }
    }

    private record Posteriors(List<Posterior> cases) {}

    /** The folder with the golden data. */
    public static Path folder() {
        String elsewhere = System.getProperty("hydra.golden", "");
        if (!elsewhere.isEmpty()) {
            return Path.of(elsewhere);
        }
        try {
            URL here =
                    Objects.requireNonNull(Golden.class.getResource("/golden"), "no golden data among the resources");
            return Path.of(here.toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A base model's folder. */
    public static Path baseFolder(String base) {
        return folder().resolve("bases").resolve(base);
    }

    /** A head set's folder. */
    public static Path headsFolder(String heads) {
        return folder().resolve("heads").resolve(heads);
    }

    /** The names of all base models. */
    public static List<String> bases() {
        return names(folder().resolve("bases"));
    }

    /** The names of all head sets. */
    public static List<String> heads() {
        return names(folder().resolve("heads"));
    }

    /** All tree units. */
    public static Stream<Named<TreeUnit>> trees() {
        return read("units", "tree-", TreeUnit.class);
    }

    /** All forward passes of base models. */
    public static Stream<Named<BaseForward>> baseForwards() {
        return read("units", "base-forward-", BaseForward.class);
    }

    /** All forward passes of heads. */
    public static Stream<Named<HeadForward>> headForwards() {
        return read("units", "head-forward-", HeadForward.class);
    }

    /** All cases of acceptance alone. */
    public static Stream<Named<Posterior>> posteriors() {
        return read(folder().resolve("units/posterior.json"), Posteriors.class).cases().stream()
                .map(posterior -> Named.of(posterior.name(), posterior));
    }

    /** All generation runs. */
    public static Stream<Named<Run>> runs() {
        return read("cases", "", Run.class);
    }

    /** The numbers as an array. */
    public static float[] floats(List<Float> numbers) {
        float[] floats = new float[numbers.size()];
        for (int at = 0; at < floats.length; at++) {
            floats[at] = numbers.get(at);
        }
        return floats;
    }

    private static List<String> names(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static <T> Stream<Named<T>> read(String folder, String prefix, Class<T> type) {
        Path in = folder().resolve(folder);
        return names(in).stream()
                .filter(name -> name.startsWith(prefix) && name.endsWith(".json"))
                .map(name ->
                        Named.of(name.substring(0, name.length() - ".json".length()), read(in.resolve(name), type)));
    }

    private static <T> T read(Path file, Class<T> type) {
        try (Reader reader = Files.newBufferedReader(file)) {
            return GSON.fromJson(reader, type);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
