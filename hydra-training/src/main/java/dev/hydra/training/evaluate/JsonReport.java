package dev.hydra.training.evaluate;

import dev.hydra.decode.DecodeStatistics;
import dev.hydra.sampling.SamplingOptions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** An evaluation as JSON has it: numbers, texts, lists and maps of them. */
final class JsonReport {

    private JsonReport() {}

    static Map<String, Object> of(EvaluationReport report) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("time", report.time().toString());
        json.put("machine", report.machine());
        json.put("subject", report.subject());
        json.put("settings", settings(report.settings()));
        json.put(
                "modes",
                report.results().stream().map(result -> mode(report, result)).toList());
        json.put("skipped", report.skipped());
        return json;
    }

    private static Map<String, Object> settings(EvaluationReport.Settings settings) {
        SamplingOptions sampling = settings.sampling();
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("questions", settings.questions());
        json.put("style", settings.style().name().toLowerCase(Locale.ROOT));
        json.put("rounds", settings.rounds());
        json.put("maximumTokens", settings.maximumTokens());
        json.put("temperature", sampling.temperature());
        json.put("topK", sampling.topK());
        json.put("topP", sampling.topP());
        json.put("minP", sampling.minP());
        sampling.seed().ifPresent(seed -> json.put("seed", seed));
        return json;
    }

    private static Map<String, Object> mode(EvaluationReport report, ModeResult result) {
        Pass pooled = result.pooled();
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("mode", result.mode().label());
        json.put("engine", result.mode().engine());
        json.put("treeNodes", result.mode().treeNodes());
        json.put("treeDepth", result.mode().treeDepth());
        json.putAll(counts(pooled));
        json.put("tokensPerSecond", result.spread(Pass::tokensPerSecond));
        json.put(
                "decodeTokensPerSecond", result.spread(pass -> pass.statistics().decodeTokensPerSecond()));
        json.put("speedUp", report.speedUp(result));
        json.put("decodeSpeedUp", report.decodeSpeedUp(result));
        Map<String, Spread> times = new LinkedHashMap<>();
        times.put("step", result.millisecondsPerStep(DecodeStatistics::stepTime));
        times.put("draft", result.millisecondsPerStep(DecodeStatistics::draft));
        times.put("verify", result.millisecondsPerStep(DecodeStatistics::verify));
        times.put("commit", result.millisecondsPerStep(DecodeStatistics::commit));
        json.put("millisecondsPerStep", times);
        json.put("differences", result.differences());
        Map<String, Object> categories = new LinkedHashMap<>();
        report.categories().forEach(category -> {
            Map<String, Object> values = counts(result.pooled(category));
            values.put("speedUp", report.speedUp(result, category));
            categories.put(category, values);
        });
        json.put("categories", categories);
        return json;
    }

    private static Map<String, Object> counts(Pass pass) {
        DecodeStatistics statistics = pass.statistics();
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("answers", pass.answers());
        json.put("sameAsPlain", pass.equal());
        json.put("promptTokens", statistics.promptTokens());
        json.put("tokens", statistics.generatedTokens());
        json.put("steps", statistics.steps());
        json.put("acceptanceLength", Spread.digits(statistics.acceptanceLength()));
        List<Map<String, Double>> depths = new ArrayList<>();
        for (int depth = 1; depth <= pass.depths(); depth++) {
            Map<String, Double> shares = new LinkedHashMap<>();
            shares.put("ofSteps", Spread.digits(pass.accepted(depth)));
            shares.put("ofStepsThatCameSoFar", Spread.digits(pass.acceptedAfter(depth)));
            depths.add(shares);
        }
        json.put("acceptedByDepth", depths);
        return json;
    }
}
