package dev.hydra.training;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Two tables of a training as CSV: {@code steps.csv} with a line per step, {@code evaluations.csv} with a line per evaluation and
 * head. Lines are appended as they come. Not for use by several threads.
 */
final class TrainingLog {

    private static final String STEPS = "step,epoch,loss,learning_rate,gradient_norm,tokens_per_second";

    private final Path folder;

    /** @param folder where the tables lie; it is made where it is missing */
    TrainingLog(Path folder) throws IOException {
        this.folder = Files.createDirectories(folder);
    }

    /** A step, as it is logged. */
    record Step(int number, double epoch, double loss, double rate, double gradientNorm, double tokensPerSecond) {
        private static Step parse(List<String> cells) {
            List<Double> numbers = cells.stream().map(Double::valueOf).toList();
            return new Step(
                    numbers.get(0).intValue(),
                    numbers.get(1),
                    numbers.get(2),
                    numbers.get(3),
                    numbers.get(4),
                    numbers.get(5));
        }
    }

    /** An evaluation: a number of steps, the loss that is minimised, and every head's figures. */
    record Evaluation(int step, double loss, List<HeadFigures> heads) {}

    Path stepTable() {
        return folder.resolve("steps.csv");
    }

    Path evaluationTable() {
        return folder.resolve("evaluations.csv");
    }

    /** Drops the lines that belong to steps after a number of them: an interrupted training makes these steps again. */
    void rewind(int steps) throws IOException {
        for (Path table : List.of(stepTable(), evaluationTable())) {
            if (Files.exists(table)) {
                List<String> kept = new ArrayList<>();
                for (String line : Files.readString(table).split("(?<=\n)", -1)) {
                    // a line without its end was being written when the process was killed
                    boolean whole = line.endsWith("\n");
                    if (whole && (kept.isEmpty() || Integer.parseInt(line.substring(0, line.indexOf(','))) <= steps)) {
                        kept.add(line);
                    }
                }
                replace(table, String.join("", kept));
            }
        }
    }

    /** In a single move, so that a process that is killed here loses no line; a table without a header goes. */
    private void replace(Path table, String content) throws IOException {
        if (content.isEmpty()) {
            Files.delete(table);
            return;
        }
        Path part = folder.resolve(table.getFileName() + ".part");
        Files.writeString(part, content);
        Files.move(part, table, StandardCopyOption.REPLACE_EXISTING);
    }

    void add(Step step) throws IOException {
        append(
                stepTable(),
                STEPS,
                "%d,%.4f,%.6f,%.4e,%.4f,%.0f",
                step.number(),
                step.epoch(),
                step.loss(),
                step.rate(),
                step.gradientNorm(),
                step.tokensPerSecond());
    }

    void add(Evaluation evaluation) throws IOException {
        StringBuilder header = new StringBuilder("step,loss,head,text_loss,base_loss");
        for (String against : List.of("text", "base")) {
            for (int choices = 1; choices <= HeadFigures.RANKS; choices++) {
                header.append(",%s_top%d".formatted(against, choices));
            }
        }
        for (int head = 0; head < evaluation.heads().size(); head++) {
            HeadFigures figures = evaluation.heads().get(head);
            StringBuilder accuracies = new StringBuilder();
            for (int choices = 1; choices <= HeadFigures.RANKS; choices++) {
                accuracies.append(String.format(Locale.ROOT, ",%.5f", figures.textAccuracy(choices)));
            }
            for (int choices = 1; choices <= HeadFigures.RANKS; choices++) {
                accuracies.append(String.format(Locale.ROOT, ",%.5f", figures.baseAccuracy(choices)));
            }
            append(
                    evaluationTable(),
                    header.toString(),
                    "%d,%.6f,%d,%.6f,%.6f%s",
                    evaluation.step(),
                    evaluation.loss(),
                    head + 1,
                    figures.meanTextLoss(),
                    figures.meanBaseLoss(),
                    accuracies);
        }
    }

    private static void append(Path table, String header, String format, Object... cells) throws IOException {
        String line = String.format(Locale.ROOT, format, cells) + "\n";
        Files.writeString(
                table,
                Files.exists(table) ? line : header + "\n" + line,
                StandardCharsets.UTF_8,
                StandardOpenOption.CREATE,
                StandardOpenOption.APPEND);
    }

    /** The steps so far. */
    List<Step> steps() throws IOException {
        return cells(stepTable()).stream().map(Step::parse).toList();
    }

    /** The lines of the table of evaluations so far, without its header: step, loss, head, losses, accuracies. */
    List<List<Double>> evaluations() throws IOException {
        return cells(evaluationTable()).stream()
                .map(line -> line.stream().map(Double::valueOf).toList())
                .toList();
    }

    /** The figures of an evaluation after so many steps, as accuracies: they are of one place each. */
    private static List<List<String>> cells(Path table) throws IOException {
        return Files.exists(table)
                ? Files.readAllLines(table).stream()
                        .skip(1)
                        .map(line -> List.of(line.split(",", -1)))
                        .toList()
                : List.of();
    }
}
