package dev.hydra.training.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.hydra.Hydra;
import dev.hydra.HydraOptions;
import dev.hydra.checkpoint.HeadsCheckpoint;
import dev.hydra.schedule.GenerationRequest;
import dev.hydra.training.TinyModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TrainCommandTest {

    private static final int CHATS = 24;

    @TempDir
    private Path folder;

    private final Shell shell = new Shell();
    private Path model = Path.of("");
    private Path data = Path.of("");

    @BeforeEach
    void writeModelAndData() throws IOException {
        model = TinyModel.write(folder).folder();
        List<String> lines = new ArrayList<>();
        for (int chat = 0; chat < CHATS; chat++) {
            lines.add(
                    "{\"messages\":[{\"role\":\"user\",\"content\":\"the boat %d\"},{\"role\":\"assistant\",\"content\":\"the fox and the dog\"}]}"
                            .formatted(chat));
        }
        data = Files.write(folder.resolve("chats.jsonl"), lines);
    }

    private String[] train(String... options) {
        return Stream.concat(
                        Stream.of(
                                "train",
                                "--model=" + model,
                                "--data=" + data,
                                "--output=" + folder.resolve("heads"),
                                "--device=cpu",
                                "--heads=3",
                                "--length=96",
                                "--rows=2",
                                "--accumulation=1",
                                "--epochs=100",
                                "--evaluate-every=3",
                                "--validation=0.3"),
                        Arrays.stream(options))
                .toArray(String[]::new);
    }

    @ParameterizedTest
    @ValueSource(strings = {"medusa", "hydra", "hydra++"})
    void leavesAFolderThatAnEngineOpens(String kind) throws IOException, InterruptedException {
        assertThat(shell.run((Object[]) train(
                        "--recipe=" + kind,
                        "--steps=60",
                        "--rate=1e-2",
                        "--warm-up=0",
                        "--dropout=0",
                        "--calibration=4")))
                .as(shell.people())
                .isZero();

        Path heads = folder.resolve("heads");
        assertThat(shell.results())
                .contains("3 " + kind + " heads, best after", "head 3 says what the base says", "draft tree of ");
        assertThat(heads.resolve("README.md"))
                .content()
                .contains("3 " + kind + " heads", "`chats.jsonl`", "24 records", "Draft tree: ", "| Seed | 42 |");
        assertThat(heads.resolve("training")).isDirectoryContaining("glob:**/training.png");
        try (Hydra hydra = Hydra.open(
                HydraOptions.builder(model).heads(heads).device("cpu").build())) {
            assertThat(hydra.description().drafter().kind()).isEqualTo(kind);
            assertThat(hydra.description().drafter().treeNodes()).isGreaterThan(1);
            List<Integer> prompt = hydra.tokenizer().encode("the boat");
            assertThat(hydra.generate(GenerationRequest.of(prompt).withMaximumTokens(8))
                            .await()
                            .tokens())
                    .isNotEmpty();
        }
    }

    @Test
    void printsOneJsonDocumentWhereAskedTo() {
        assertThat(shell.run((Object[]) train("--recipe=hydra", "--json", "--steps=6", "--calibration=0")))
                .as(shell.people())
                .isZero();
        JsonObject result = JsonParser.parseString(shell.results()).getAsJsonObject();
        assertThat(result.get("steps").getAsInt()).isEqualTo(6);
        assertThat(result.getAsJsonArray("heads")).hasSize(3);
        assertThat(result.has("treeNodes")).isFalse();
    }

    @Test
    void learnsTheModelsOwnAnswers() throws IOException {
        assertThat(shell.run((Object[]) train(
                        "--recipe=medusa",
                        "--answers=regenerate",
                        "--answer-tokens=12",
                        "--steps=6",
                        "--calibration=0")))
                .as(shell.people())
                .isZero();
        assertThat(folder.resolve("heads/README.md")).content().contains("answered anew by the base model");
        assertThat(Files.readAllLines(folder.resolve("heads/training/answers.jsonl")))
                .hasSizeGreaterThanOrEqualTo(CHATS);
    }

    @Test
    void keepsHeadsThatNoTreeSuits() {
        // one head can say no more than the vocabulary has
        String[] options = train("--recipe=hydra", "--steps=1", "--calibration=1", "--tree-nodes=500");
        Object[] oneHead = Arrays.stream(options)
                .map(option -> option.startsWith("--heads=") ? "--heads=1" : option)
                .toArray();
        assertThat(shell.run(oneHead)).as(shell.people()).isZero();
        assertThat(shell.people())
                .contains("no tree: the calibration text makes a tree of ", " nodes; expected 500: give more prompts");
        assertThat(folder.resolve("heads").resolve(HeadsCheckpoint.FILE)).exists();
        assertThat(folder.resolve("heads/tree.json")).doesNotExist();
    }

    @Test
    void refusesATreeThatCannotBeBeforeItTrains() {
        assertThat(shell.run((Object[]) train("--recipe=hydra", "--steps=1", "--tree-nodes=1025")))
                .isEqualTo(ExitCode.FAILED);
        assertThat(shell.people())
                .contains("nodes are 1025; expected 2 to 1024")
                .doesNotContain("training heads");
    }

    @Test
    void measuresOnFilesOfTheirOwn() throws IOException {
        Path others = Files.write(
                folder.resolve("others.jsonl"), Files.readAllLines(data).subList(0, 8));
        String[] onAll = train("--recipe=hydra", "--steps=6", "--calibration=0", "--validation-data=" + data);
        String[] onSome = train("--recipe=hydra", "--steps=6", "--calibration=0", "--validation-data=" + others);
        assertThat(shell.run((Object[]) onAll)).as(shell.people()).isZero();
        assertThat(shell.people()).contains("24 chats");

        // which heads are the best depends on what they are measured on
        assertThat(shell.run((Object[]) onSome)).isEqualTo(ExitCode.FAILED);
        assertThat(shell.people()).contains("of another recipe, text or base model");
    }

    @Test
    void refusesToGoOnWithOtherOptionsAndBeginsAnewWhereTold() throws IOException {
        assertThat(shell.run((Object[]) train("--recipe=hydra", "--steps=6", "--calibration=0")))
                .isZero();
        byte[] first = Files.readAllBytes(folder.resolve("heads").resolve(HeadsCheckpoint.FILE));

        assertThat(shell.run((Object[]) train("--recipe=hydra", "--steps=6", "--calibration=0", "--rate=1e-2")))
                .isEqualTo(ExitCode.FAILED);
        assertThat(shell.people()).contains("of another recipe, text or base model", "--restart");
        assertThat(shell.run(
                        (Object[]) train("--recipe=hydra", "--steps=6", "--calibration=0", "--rate=1e-2", "--restart")))
                .isZero();
        assertThat(folder.resolve("heads").resolve(HeadsCheckpoint.FILE))
                .binaryContent()
                .isNotEqualTo(first);
    }

    @Test
    void saysWhatIsWrongInOneLine() {
        assertThat(shell.run((Object[]) train("--dropout=1"))).isEqualTo(ExitCode.FAILED);
        assertThat(shell.people()).contains("hydra train: dropout is 1.0; expected at least 0 and less than 1");
        assertThat(shell.run((Object[]) train("--recipe=eagle"))).isEqualTo(ExitCode.USAGE);
        assertThat(shell.people()).contains("expected hydra, medusa or hydra++");
    }
}
