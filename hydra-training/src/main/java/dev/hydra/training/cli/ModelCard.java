package dev.hydra.training.cli;

import dev.hydra.training.HeadFigures;
import dev.hydra.training.HeadsRecipe;
import dev.hydra.training.HeadsTrainer;
import dev.hydra.training.LearningRate;
import dev.hydra.training.Objective;
import dev.hydra.training.Optimizer;
import dev.hydra.training.data.DataStatistics;
import dev.hydra.training.grow.GrownTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What is to be known of trained heads.
 *
 * @param recipe how they were trained
 * @param data what they were trained on
 * @param result what came out
 * @param trees their draft tree; none where none was grown
 */
record ModelCard(HeadsRecipe recipe, DataStatistics data, HeadsTrainer.Result result, List<GrownTree> trees) {

    ModelCard {
        trees = List.copyOf(trees);
    }

    /** The same for programs: numbers, texts, lists and maps of them. */
    Map<String, Object> content() {
        Map<String, Object> content = new LinkedHashMap<>();
        content.put("recipe", recipe);
        content.put("data", data);
        content.put("steps", result.steps());
        content.put("bestStep", result.bestStep());
        content.put("validationLoss", result.loss());
        content.put("heads", result.heads().stream().map(ModelCard::accuracies).toList());
        trees.forEach(tree -> {
            content.put("treeNodes", tree.shape().size());
            content.put("acceptanceLength", tree.chosen().size().tree().simulated());
        });
        return content;
    }

    private static Map<String, Object> accuracies(HeadFigures head) {
        Map<String, Object> content = new LinkedHashMap<>();
        content.put("textLoss", head.meanTextLoss());
        content.put("baseLoss", head.meanBaseLoss());
        content.put("textAccuracy", accuracies(head, true));
        content.put("baseAccuracy", accuracies(head, false));
        return content;
    }

    private static List<Double> accuracies(HeadFigures head, boolean ofText) {
        return IntStream.rangeClosed(1, HeadFigures.RANKS)
                .mapToObj(choices -> ofText ? head.textAccuracy(choices) : head.baseAccuracy(choices))
                .toList();
    }

    /** For people, in a few lines. */
    String summary(Path folder) {
        StringBuilder text =
                new StringBuilder("%s: %d %s heads, best after %d of %d steps with a validation loss of %s\n"
                        .formatted(
                                folder,
                                recipe.heads().heads(),
                                recipe.heads().kind().label(),
                                result.bestStep(),
                                result.steps(),
                                number("%.4f", result.loss())));
        for (int head = 0; head < result.heads().size(); head++) {
            HeadFigures figures = result.heads().get(head);
            text.append("head %d says what the base says %s %% of the time, within %d choices %s %%\n"
                    .formatted(
                            head + 1,
                            number("%.1f", 100 * figures.baseAccuracy(1)),
                            HeadFigures.RANKS,
                            number("%.1f", 100 * figures.baseAccuracy(HeadFigures.RANKS))));
        }
        trees.forEach(tree -> text.append("draft tree of %d nodes: %s tokens a step on the calibration prompts\n"
                .formatted(
                        tree.shape().size(),
                        number("%.2f", tree.chosen().size().tree().simulated()))));
        text.append("use it: hydra.heads.location: ")
                .append(folder.toAbsolutePath().normalize());
        return text.toString();
    }

    /** Writes {@code README.md} into the heads' folder. */
    void write(Path folder, List<Path> files, boolean regenerated) throws IOException {
        Objective objective = recipe.objective();
        Optimizer optimizer = recipe.optimizer();
        LearningRate rate = recipe.rate();
        HeadsRecipe.Schedule schedule = recipe.schedule();
        StringBuilder card = new StringBuilder();
        card.append("# Draft heads for %s\n\n".formatted(recipe.heads().baseModel()));
        card.append("%d %s heads of %d block%s each, trained by `hydra train`. They serve no other base model.\n\n"
                .formatted(
                        recipe.heads().heads(),
                        recipe.heads().kind().label(),
                        recipe.heads().layers(),
                        recipe.heads().layers() == 1 ? "" : "s"));
        card.append(
                "```yaml\nhydra:\n  model:\n    location: FOLDER OF %s\n  heads:\n    location: THIS FOLDER\n```\n\n"
                        .formatted(recipe.heads().baseModel()));
        card.append("## Figures on the validation text\n\n");
        card.append(
                "| head | same as the base's choice, % | within 2 | 3 | 4 | 5 | same as the text, % | loss against the base |\n");
        card.append("|---|---|---|---|---|---|---|---|\n");
        for (int head = 0; head < result.heads().size(); head++) {
            HeadFigures figures = result.heads().get(head);
            String choices = IntStream.rangeClosed(1, HeadFigures.RANKS)
                    .mapToObj(count -> number("%.1f", 100 * figures.baseAccuracy(count)))
                    .collect(Collectors.joining(" | "));
            card.append("| %d | %s | %s | %s |\n"
                    .formatted(
                            head + 1,
                            choices,
                            number("%.1f", 100 * figures.textAccuracy(1)),
                            number("%.4f", figures.meanBaseLoss())));
        }
        card.append(
                "\nThe text is the true one up to each place, so a head is not charged for the mistakes of those before it.\n");
        trees.forEach(tree -> card.append(
                "\nDraft tree: %d nodes, %d deep (`tree.json`). Acceptance length, tokens a step with the bonus token: %s on %d calibration prompts, greedily.\n"
                        .formatted(
                                tree.shape().size(),
                                tree.shape().depth(),
                                number("%.2f", tree.chosen().size().tree().simulated()),
                                tree.calibration().prompts())));
        card.append("\n## Data\n\n");
        String names =
                files.stream().map(file -> "`" + file.getFileName() + "`").collect(Collectors.joining(", "));
        card.append(
                "%s, %s: %,d records, %,d tokens, of which %,d are learned; %d records were bad, %d were cut off at %d tokens.\n"
                        .formatted(
                                names,
                                regenerated ? "answered anew by the base model" : "with the answers given",
                                data.records(),
                                data.tokens(),
                                data.learned(),
                                data.bad(),
                                data.truncated(),
                                data.length()));
        card.append("\n## Recipe\n\n| | |\n|---|---|\n");
        card.append("| Loss | %s × against the text + %s × against the base model, heads summed |\n"
                .formatted(objective.labelWeight(), objective.teacherWeight()));
        card.append("| Dropout, noise | %s, %s |\n".formatted(objective.dropout(), objective.noise()));
        card.append("| AdamW | beta 0.9 and %s, decay %s of matrices, gradients cut to %s |\n"
                .formatted(optimizer.squaresDecay(), optimizer.weightDecay(), optimizer.maximumNorm()));
        card.append("| Rate | %s after %d steps of warm-up, cosine to %s of it |\n"
                .formatted(rate.peak(), rate.warmUp(), rate.floor()));
        card.append("| Steps | %d of %d × %d rows; kept are the heads after %d |\n"
                .formatted(result.steps(), schedule.accumulation(), schedule.rows(), result.bestStep()));
        card.append("| Products | %s; weights, gradients and state in float32 |\n"
                .formatted(recipe.precision().name().toLowerCase(Locale.ROOT)));
        card.append("| Seed | %d |\n".formatted(recipe.seed()));
        Files.writeString(folder.resolve("README.md"), card.toString());
    }

    private static String number(String format, double value) {
        return String.format(Locale.ROOT, format, value);
    }
}
