package dev.hydra.training.evaluate;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import dev.hydra.ModelDescription;
import dev.hydra.draft.DecodingMode;
import dev.hydra.sampling.SamplingOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;

/**
 * What an evaluation found, and on what.
 *
 * @param time     when it ended
 * @param machine  that it ran on
 * @param subject  what was evaluated
 * @param settings how it was
 * @param results  mode by mode, engine by engine; each engine's first is plain decoding
 * @param skipped  turns that were not asked since they do not fit in a cache row
 */
public record EvaluationReport(
        Instant time,
        Machine machine,
        Subject subject,
        Settings settings,
        List<ModeResult> results,
        List<String> skipped) {

    /** The name of each file that {@link #write} writes, without its ending. */
    public static final String NAME = "evaluation";

    private static final Gson GSON =
            new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create();

    public EvaluationReport {
        results = List.copyOf(results);
        skipped = List.copyOf(skipped);
    }

    /**
     * A model on a device.
     *
     * @param model      the model folder's name
     * @param parameters numbers in the base model
     * @param dataType   of weights and activations
     * @param device     for example {@code cpu}
     * @param positions  of a cache row
     */
    public record Subject(String model, long parameters, String dataType, String device, int positions) {

        static Subject of(ModelDescription model) {
            return new Subject(model.name(), model.parameters(), model.dataType(), model.device(), model.positions());
        }
    }

    /**
     * How questions were asked.
     *
     * @param questions     how many
     * @param style         how they became prompts
     * @param rounds        measured rounds over all of them
     * @param maximumTokens tokens of an answer at most
     * @param sampling      how tokens were chosen
     */
    public record Settings(int questions, PromptStyle style, int rounds, int maximumTokens, SamplingOptions sampling) {

        static Settings of(EvaluationRequest request) {
            return new Settings(
                    request.questions().size(),
                    request.style(),
                    request.rounds(),
                    request.maximumTokens(),
                    request.sampling());
        }
    }

    /** The categories of the questions in their order; empty where they have none. */
    public List<String> categories() {
        LinkedHashSet<String> categories = new LinkedHashSet<>();
        results.forEach(result -> result.rounds().forEach(round -> categories.addAll(round.keySet())));
        categories.remove("");
        return List.copyOf(categories);
    }

    /** Plain decoding in the same engine as another mode. */
    public ModeResult plain(ModeResult result) {
        return results.stream()
                .filter(other -> other.mode().engine() == result.mode().engine()
                        && other.mode().decoding() == DecodingMode.PLAIN)
                .findFirst()
                .orElseThrow();
    }

    /** How many times as many tokens per second a mode gives as plain decoding in the same round, prompts included. */
    public Spread speedUp(ModeResult result) {
        return ModeResult.ratio(result.passes(), plain(result).passes(), Pass::tokensPerSecond);
    }

    /** The same for the questions of one category. */
    public Spread speedUp(ModeResult result, String category) {
        return ModeResult.ratio(result.passes(category), plain(result).passes(category), Pass::tokensPerSecond);
    }

    /** The same without the time that reading prompts takes. */
    public Spread decodeSpeedUp(ModeResult result) {
        return ModeResult.ratio(
                result.passes(),
                plain(result).passes(),
                pass -> pass.statistics().decodeTokensPerSecond());
    }

    /** The report as text with tables. */
    public String markdown() {
        return new MarkdownReport(this).write();
    }

    /** The report as JSON has it: numbers, texts, lists and maps of them. */
    public Map<String, Object> content() {
        return JsonReport.of(this);
    }

    /**
     * Writes {@code evaluation.md}, {@code evaluation.json} and {@code evaluation.png}.
     *
     * @param folder is made where it is missing
     * @return the files
     */
    public List<Path> write(Path folder) throws IOException {
        Files.createDirectories(folder);
        List<Path> files = new ArrayList<>();
        files.add(Files.writeString(folder.resolve(NAME + ".md"), markdown()));
        files.add(Files.writeString(folder.resolve(NAME + ".json"), GSON.toJson(content()) + "\n"));
        Path chart = folder.resolve(NAME + ".png");
        EvaluationChart.write(this, chart);
        files.add(chart);
        return files;
    }
}
