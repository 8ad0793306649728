package dev.hydra.training.cli;

import dev.hydra.training.evaluate.PromptStyle;
import dev.hydra.training.evaluate.Question;
import dev.hydra.training.evaluate.QuestionFile;
import dev.hydra.training.evaluate.Setup;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which questions of some files are asked, and how; mixed into the commands that ask some. */
final class QuestionOptions {

    @Option(names = "--limit", paramLabel = "COUNT", description = "ask the first so many questions (default: all)")
    private @Nullable Integer limit;

    @Option(
            names = "--categories",
            split = ",",
            paramLabel = "NAME",
            description = "ask the questions of these categories (default: all)")
    private List<String> categories = List.of();

    @Option(names = "--raw", description = "ask without the model's chat template, as where a model has none")
    private boolean raw;

    /**
     * The questions of files.
     *
     * @throws IllegalArgumentException if a file has a bad line, or no question is left
     */
    List<Question> read(List<Path> files) throws IOException {
        List<Question> questions = new ArrayList<>();
        for (Path file : files) {
            questions.addAll(QuestionFile.read(file));
        }
        List<Question> chosen = questions.stream()
                .filter(question -> categories.isEmpty() || categories.contains(question.category()))
                .limit(limit == null ? questions.size() : Math.max(0, limit))
                .toList();
        if (chosen.isEmpty()) {
            TreeSet<String> known = new TreeSet<>();
            questions.forEach(question -> known.add(question.category()));
            throw new IllegalArgumentException(
                    "no question is left of the categories %s and the limit %s; %s has the categories %s"
                            .formatted(categories, limit, files, known));
        }
        return chosen;
    }

    /** How they become prompts for a model. */
    PromptStyle style(Setup setup) {
        return raw ? PromptStyle.RAW : PromptStyle.of(setup);
    }
}
