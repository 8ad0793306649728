package dev.hydra.training.evaluate;

import dev.hydra.decode.DecodeStatistics;
import dev.hydra.sampling.SamplingOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/** Writes an evaluation as Markdown. */
final class MarkdownReport {

    private static final int LISTED = 20;

    private final EvaluationReport report;
    private final StringBuilder text = new StringBuilder();

    MarkdownReport(EvaluationReport report) {
        this.report = report;
    }

    String write() {
        heading();
        modes();
        depths();
        categories();
        answers();
        return text.toString();
    }

    private void heading() {
        EvaluationReport.Subject subject = report.subject();
        EvaluationReport.Settings settings = report.settings();
        Machine machine = report.machine();
        line("# Evaluation of %s", subject.model());
        line("");
        line(
                "%s, %d threads of %d processors; %s in %s; Hydra %s, Java %s on %s; %.10s.",
                machine.processor(),
                machine.threads(),
                machine.processors(),
                subject.device(),
                subject.dataType(),
                machine.version(),
                machine.java(),
                machine.system(),
                report.time());
        line("");
        line(
                "%d questions, %s, in %d rounds; answers of %d tokens at most, %s. Spreads are medians over the rounds, lowest to highest.",
                settings.questions(),
                settings.style() == PromptStyle.CHAT ? "in the model's chat format" : "as raw text",
                settings.rounds(),
                settings.maximumTokens(),
                sampling(settings.sampling()));
        line("");
    }

    private static String sampling(SamplingOptions sampling) {
        return sampling.temperature() == 0
                ? "greedy"
                : "temperature %s, top-p %s".formatted(sampling.temperature(), sampling.topP());
    }

    private void modes() {
        row(List.of(
                "mode",
                "tree",
                "answers",
                "tokens",
                "steps",
                "tokens per step",
                "tokens/s",
                "speed-up",
                "decode tokens/s",
                "decode speed-up",
                "ms per step",
                "same as plain"));
        row(List.of("---", "---:", "---:", "---:", "---:", "---:", "---:", "---:", "---:", "---:", "---:", "---:"));
        for (ModeResult result : report.results()) {
            Pass pooled = result.pooled();
            DecodeStatistics statistics = pooled.statistics();
            row(List.of(
                    result.mode().label(),
                    "%d nodes".formatted(result.mode().treeNodes()),
                    "%d".formatted(pooled.answers()),
                    "%d".formatted(statistics.generatedTokens()),
                    "%d".formatted(statistics.steps()),
                    number(statistics.acceptanceLength()),
                    spread(result.spread(Pass::tokensPerSecond)),
                    spread(report.speedUp(result)),
                    spread(result.spread(pass -> pass.statistics().decodeTokensPerSecond())),
                    spread(report.decodeSpeedUp(result)),
                    spread(result.millisecondsPerStep(DecodeStatistics::stepTime)),
                    "%d of %d".formatted(pooled.equal(), pooled.answers())));
        }
        line("");
    }

    private void depths() {
        int depths = report.results().stream()
                .mapToInt(result -> result.pooled().depths())
                .max()
                .orElse(0);
        if (depths == 0) {
            return;
        }
        line("## Acceptance by depth");
        line("");
        line(
                "Share of steps that yield a token beyond the depth, and the share of those that did beyond the depth above.");
        line("");
        List<String> titles = new ArrayList<>(List.of("mode"));
        List<String> rules = new ArrayList<>(List.of("---"));
        for (int depth = 1; depth <= depths; depth++) {
            titles.add("depth " + depth);
            rules.add("---:");
        }
        row(titles);
        row(rules);
        for (ModeResult result : report.results()) {
            Pass pooled = result.pooled();
            if (pooled.depths() == 0) {
                continue;
            }
            List<String> cells = new ArrayList<>(List.of(result.mode().label()));
            for (int depth = 1; depth <= depths; depth++) {
                cells.add(
                        depth > pooled.depths()
                                ? ""
                                : "%s (%s)"
                                        .formatted(
                                                number(pooled.accepted(depth)), number(pooled.acceptedAfter(depth))));
            }
            row(cells);
        }
        line("");
    }

    private void categories() {
        if (report.categories().isEmpty()) {
            return;
        }
        line("## By category");
        line("");
        line("Speed-up over plain decoding.");
        line("");
        table(
                result -> category -> number(report.speedUp(result, category).median()),
                result -> number(report.speedUp(result).median()));
        line("Tokens per step.");
        line("");
        table(
                result ->
                        category -> number(result.pooled(category).statistics().acceptanceLength()),
                result -> number(result.pooled().statistics().acceptanceLength()));
    }

    private void table(Function<ModeResult, Function<String, String>> cell, Function<ModeResult, String> overall) {
        List<String> titles = new ArrayList<>(List.of("mode"));
        List<String> rules = new ArrayList<>(List.of("---"));
        for (String category : report.categories()) {
            titles.add(category);
            rules.add("---:");
        }
        titles.add("overall");
        rules.add("---:");
        row(titles);
        row(rules);
        for (ModeResult result : report.results()) {
            List<String> cells = new ArrayList<>(List.of(result.mode().label()));
            report.categories().forEach(category -> cells.add(cell.apply(result).apply(category)));
            cells.add(overall.apply(result));
            row(cells);
        }
        line("");
    }

    private void answers() {
        for (ModeResult result : report.results()) {
            list(
                    "Answers with %s that are not plain decoding's"
                            .formatted(result.mode().label()),
                    result.differences());
        }
        list("Not asked, since the prompt does not fit in a cache row", report.skipped());
    }

    private void list(String title, List<String> entries) {
        if (entries.isEmpty()) {
            return;
        }
        line("%s:", title);
        line("");
        entries.stream().limit(LISTED).forEach(entry -> line("* %s", entry));
        if (entries.size() > LISTED) {
            line("* and %d more", entries.size() - LISTED);
        }
        line("");
    }

    private static String spread(Spread spread) {
        return "%s (%s to %s)".formatted(number(spread.median()), number(spread.lowest()), number(spread.highest()));
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, Math.abs(value) < 100 ? "%.2f" : "%.0f", value);
    }

    private void row(List<String> cells) {
        text.append("| ").append(String.join(" | ", cells)).append(" |\n");
    }

    private void line(String format, Object... values) {
        text.append(String.format(Locale.ROOT, format, values)).append('\n');
    }
}
