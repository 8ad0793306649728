package dev.hydra;

import com.google.gson.FieldNamingPolicy;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.reflect.TypeToken;
import dev.hydra.checkpoint.Checkpoint;
import dev.hydra.checkpoint.ModelConfig;
import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;

/** What transformers makes of the models of other families: {@code index.json} and {@code cases/*.json}. */
final class FamilyCases {
    /** Largest absolute difference of two logits or hidden numbers that count as equal. */
    static final float TOLERANCE = 1e-4f;

    private static final Gson GSON = new GsonBuilder()
            .setFieldNamingPolicy(FieldNamingPolicy.LOWER_CASE_WITH_UNDERSCORES)
            .create();

    private FamilyCases() {}

    /** One line of the index. */
    record Entry(String model, String family, String cases, List<String> directories) {}

    /** What is expected behind a prompt. */
    record Case(
            List<Integer> prompt,
            Last last,
            List<Top> top10,
            Greedy greedy,
            After afterGreedy,
            StopExample stopExample) {}

    /** At the prompt's last position. */
    record Last(
            int position,
            List<Float> embeddingOutput,
            List<List<Float>> layerOutputs,
            List<Float> finalHiddenState,
            List<Float> logits) {}

    /** The best tokens at an earlier position. */
    record Top(int position, List<Integer> ids, List<Float> logits) {}

    /** What is said, end tokens being tokens like any other, and how likely each is. */
    record Greedy(List<Integer> tokens, List<Float> maxLogits, double smallestMargin) {}

    /** At the last position of the prompt and all but the last token of what is said. */
    record After(int position, List<Float> logits) {}

    /** What is said when there are end tokens. */
    record StopExample(List<Integer> eosTokenId, List<Integer> output) {}

    private record CaseFile(List<Case> cases) {}

    /** Every folder of every model, by its name. */
    static Stream<Named<Path>> folders() {
        return index().flatMap(entry -> entry.directories().stream())
                .map(directory -> Named.of(directory, Families.folder().resolve(directory)));
    }

    /** One folder of every model, by its name. */
    static Stream<Named<Path>> models() {
        return index().map(entry -> entry.directories().get(0))
                .map(directory -> Named.of(directory, Families.folder().resolve(directory)));
    }

    /**
     * The folder itself, or a copy whose configuration states more positions: the prompts and answers of a model whose rotary embedding
     * is scaled by YaRN are longer than what the model states.
     */
    static Path roomy(Path folder, int positions, Path scratch) {
        if (ModelConfig.read(folder).longest() >= positions) {
            return folder;
        }
        try {
            Files.copy(folder.resolve(Checkpoint.FILE), scratch.resolve(Checkpoint.FILE));
            JsonObject json = JsonParser.parseString(Files.readString(folder.resolve(ModelConfig.FILE)))
                    .getAsJsonObject();
            json.addProperty("max_position_embeddings", positions);
            Files.writeString(scratch.resolve(ModelConfig.FILE), json.toString());
            return scratch;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The cases of a folder. */
    static List<Case> of(Path folder) {
        String model = String.valueOf(folder.getFileName()).replaceFirst("\\.(safetensors|bin)-shards$", "");
        return read(Families.folder().resolve("cases").resolve(model + ".json"), new TypeToken<CaseFile>() {})
                .cases();
    }

    static Stream<Entry> index() {
        return read(Families.folder().resolve("index.json"), new TypeToken<List<Entry>>() {}).stream();
    }

    static float[] floats(List<Float> values) {
        float[] floats = new float[values.size()];
        IntStream.range(0, floats.length).forEach(at -> floats[at] = values.get(at));
        return floats;
    }

    private static <T> T read(Path file, TypeToken<T> type) {
        try (Reader json = Files.newBufferedReader(file)) {
            return GSON.fromJson(json, type);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
