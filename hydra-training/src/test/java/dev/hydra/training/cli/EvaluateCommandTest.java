package dev.hydra.training.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.hydra.checkpoint.HeadsKind;
import dev.hydra.training.TinyModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvaluateCommandTest {

    @TempDir
    private static Path folder;

    private static Path model;
    private static Path heads;
    private static Path questions;

    private final Shell shell = new Shell();

    @BeforeAll
    static void write() throws IOException {
        TinyModel tiny = TinyModel.write(folder);
        model = tiny.folder();
        heads = tiny.heads(HeadsKind.HYDRA, "heads");
        questions = Files.writeString(folder.resolve("question.jsonl"), """
                {"question_id": 81, "category": "writing", "turns": ["a fox", "a dog"]}
                {"question_id": 111, "category": "math", "turns": ["a boat"]}
                {"question_id": 112, "category": "math", "turns": ["the boat"]}
                """);
    }

    private int evaluate(String... more) {
        return shell.run(Stream.concat(
                        Stream.of(
                                "evaluate",
                                "--model=" + model,
                                "--questions=" + questions,
                                "--maximum-tokens=12",
                                "--device=cpu"),
                        Stream.of(more))
                .toArray());
    }

    @Test
    void printsATableAndWritesTheReport() {
        Path output = folder.resolve("out");
        assertThat(evaluate("--heads=" + heads, "--rounds=1", "--output=" + output))
                .as(shell.people())
                .isZero();
        assertThat(shell.results())
                .contains("# Evaluation of base", "| hydra | 15 nodes | 4 |", "| mode | writing | math");
        assertThat(shell.people()).contains("evaluation.md", "evaluation.json", "evaluation.png");
        assertThat(List.of("evaluation.md", "evaluation.json", "evaluation.png"))
                .allSatisfy(name -> assertThat(output.resolve(name)).isNotEmptyFile());
    }

    @Test
    void printsOneJsonDocumentOfTheQuestionsThatWereAskedFor() {
        assertThat(evaluate(
                        "--heads=" + heads,
                        "--categories=math",
                        "--limit=1",
                        "--rounds=2",
                        "--tree=chain-4",
                        "--json",
                        "--data-type=float32"))
                // deeper than the three heads
                .isEqualTo(1);
        assertThat(shell.people()).contains("hydra evaluate: ");
        assertThat(shell.results()).isEmpty();

        assertThat(evaluate("--categories=math", "--limit=1", "--rounds=2", "--raw", "--json"))
                .isZero();
        JsonObject report = JsonParser.parseString(shell.results()).getAsJsonObject();
        assertThat(report.getAsJsonObject("settings").get("questions").getAsInt())
                .isEqualTo(1);
        assertThat(report.getAsJsonObject("settings").get("style").getAsString())
                .isEqualTo("raw");
        assertThat(report.getAsJsonArray("modes")).hasSize(1);
    }

    @Test
    void asksInTheChatFormatThatIsChosen() {
        assertThat(evaluate("--limit=1", "--rounds=1", "--json", "--chat-template=vicuna"))
                .as(shell.people())
                .isZero();
        JsonObject report = JsonParser.parseString(shell.results()).getAsJsonObject();
        assertThat(report.getAsJsonObject("settings").get("style").getAsString())
                .isEqualTo("chat");

        assertThat(evaluate("--limit=1", "--chat-template=alpaca")).isEqualTo(1);
        assertThat(shell.people()).contains("chat template 'alpaca' is neither");
    }

    @Test
    void saysWhichCategoriesThereAre() {
        assertThat(evaluate("--categories=roleplay")).isEqualTo(1);
        assertThat(shell.people())
                .contains("no question is left of the categories [roleplay]", "has the categories [math, writing]");
    }

    @Test
    void saysWhatIsMissing() {
        assertThat(shell.run("evaluate")).isEqualTo(2);
        assertThat(shell.people()).contains("--questions=FILE");
    }
}
