package dev.hydra.training.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.hydra.Hydra;
import dev.hydra.HydraOptions;
import dev.hydra.sampling.SamplingOptions;
import dev.hydra.schedule.GenerationRequest;
import dev.hydra.text.ChatMessage;
import dev.hydra.training.UntrainedModel;
import dev.hydra.training.console.Console;
import dev.hydra.training.console.Progress;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RegenerationTest {
    private static final int MAXIMUM_TOKENS = 12;
    private static final SamplingOptions DRAWN = SamplingOptions.of(1);

    @TempDir
    private static Path models;

    private static Path model = Path.of("");

    @TempDir
    private Path folder;

    private Path data = Path.of("");

    private final List<String> said = new ArrayList<>();

    @BeforeAll
    static void writeModel() throws IOException {
        model = UntrainedModel.write(models.resolve("base"));
    }

    @BeforeEach
    void writeData() throws IOException {
        List<String> lines = new ArrayList<>();
        for (int number = 0; number < 12; number++) {
            lines.add(chat("Tell me about number " + number, "What the data say", "And then?", "More of the data"));
            lines.add(chat("What is " + number + "?"));
        }
        data = Files.write(folder.resolve("data.jsonl"), lines);
    }

    @Test
    void learnsExactlyTheTokensThatTheModelSays() throws Exception {
        Path file = folder.resolve("answers.jsonl");
        TrainingData read = read(file, engine(), SamplingOptions.greedy());
        List<List<Integer>> learned = new ArrayList<>();
        chats(read).forEach(chat -> learned.addAll(learned(chat)));
        List<List<Integer>> generated = new ArrayList<>();
        try (Hydra hydra = Hydra.open(engine().build())) {
            for (JsonObject record : records(file)) {
                List<ChatMessage> messages = new ArrayList<>();
                for (JsonElement element : record.getAsJsonArray("messages")) {
                    JsonObject turn = element.getAsJsonObject();
                    if (turn.has("tokens")) {
                        List<Integer> prompt =
                                hydra.tokenizer().encode(hydra.chatTemplate().render(messages, true));
                        List<Integer> tokens = hydra.generate(
                                        GenerationRequest.of(prompt).withMaximumTokens(MAXIMUM_TOKENS))
                                .await()
                                .tokens();
                        assertThat(ids(turn.getAsJsonArray("tokens"))).isEqualTo(tokens);
                        generated.add(tokens);
                    }
                    messages.add(new ChatMessage(
                            turn.get("role").getAsString(), turn.get("content").getAsString()));
                }
            }
        }
        assertThat(learned).containsExactlyInAnyOrderElementsOf(generated);
        assertThat(learned).hasSizeGreaterThan(24);
    }

    @Test
    void answersAlikeInAnyCompanyAndWithHeads() throws Exception {
        Path heads = UntrainedModel.writeHeads(folder.resolve("heads"));
        TrainingData alone = read(folder.resolve("a.jsonl"), engine().rows(1), DRAWN);
        TrainingData together = read(folder.resolve("b.jsonl"), engine().rows(7).queue(1), DRAWN);
        TrainingData drafted = read(folder.resolve("c.jsonl"), engine().heads(heads), DRAWN);
        TrainingData other =
                read(folder.resolve("d.jsonl"), engine(), DRAWN.mutate().seed(9).build());
        assertThat(together.fingerprint()).isEqualTo(alone.fingerprint());
        assertThat(drafted.fingerprint()).isEqualTo(alone.fingerprint());
        assertThat(other.fingerprint()).isNotEqualTo(alone.fingerprint());
    }

    @Test
    void goesOnBehindTheLastCompleteLineOfAFileThatWasCut() throws Exception {
        Path file = folder.resolve("answers.jsonl");
        TrainingData whole = read(file, engine(), DRAWN);
        String content = Files.readString(file);
        assertThat(content.lines()).hasSize(24);
        // within a line, in whatever order the answers came
        int keep = content.indexOf('\n', content.length() / 2) - 20;
        String half = content.substring(0, keep);
        assertThat(half).doesNotEndWith("\n");
        Files.writeString(file, half);
        TrainingData resumed = read(file, engine(), DRAWN);
        assertThat(resumed.fingerprint()).isEqualTo(whole.fingerprint());
        assertThat(Files.readString(file)).startsWith(half.substring(0, half.lastIndexOf('\n') + 1));
        assertThat(Files.readAllLines(file))
                .containsExactlyInAnyOrderElementsOf(content.lines().toList());
        assertThat(said)
                .anyMatch(line ->
                        line.contains("%d are kept".formatted(half.lines().count() - 1)));
    }

    @Test
    void opensNoModelWhereAllAnswersAreKept() throws Exception {
        Path file = folder.resolve("answers.jsonl");
        TrainingData first = read(file, engine(), SamplingOptions.greedy());
        TrainingData second = read(file, engine().device("none"), SamplingOptions.greedy());
        assertThat(second.fingerprint()).isEqualTo(first.fingerprint());
        assertThatThrownBy(() -> read(file, engine().device("none"), DRAWN))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("none");
    }

    @Test
    void keepsAnswersAsDataThatCanBeReadAlone() throws Exception {
        Path file = folder.resolve("answers.jsonl");
        TrainingData answered = read(file, engine().rows(1), DRAWN);
        assertThat(Files.readString(file)).contains("\"ended\":true").contains("\"ended\":false");
        TrainingData read = TrainingData.read(
                DataRequest.builder(List.of(file)).length(128).validation(0.2).build(), model, Console.silent());
        assertThat(chats(read).stream().map(RegenerationTest::learned).toList())
                .containsExactlyInAnyOrderElementsOf(
                        chats(answered).stream().map(RegenerationTest::learned).toList());
    }

    @Test
    void reportsWhatHasNoRoomAndWhatHasNoQuestion() throws Exception {
        Files.write(
                data,
                List.of(
                        chat("word ".repeat(200)),
                        "{\"text\":\"Once upon a time\"}",
                        chat("A?"),
                        chat("B?"),
                        chat("C?")));
        TrainingData read = TrainingData.read(
                request(folder.resolve("answers.jsonl"), engine(), DRAWN)
                        .validation(0)
                        .build(),
                model,
                listening());
        assertThat(read.statistics().bad() + read.statistics().records()).isEqualTo(5);
        assertThat(said)
                .anyMatch(line -> line.startsWith(data + ":1: the prompt of answer 1 has ")
                        && line.contains("a cache row has 128 positions"))
                .anyMatch(line -> line.startsWith(data + ":2: text has no questions"));
    }

    @Test
    void refusesAFileThatIsDamagedOrInUse() throws Exception {
        Path damaged =
                Files.writeString(folder.resolve("damaged.jsonl"), "{\"key\":\"a\"}\n{\"key\"\n{\"key\":\"b\"}\n");
        assertThatThrownBy(() -> read(damaged, engine(), DRAWN))
                .isInstanceOf(DataException.class)
                .hasMessageContaining(damaged + ":2: broken JSON")
                .hasMessageContaining("remove the line");
        Path used = folder.resolve("used.jsonl");
        try (AnswerFile open = AnswerFile.open(used)) {
            assertThat(open.size()).isZero();
            assertThatThrownBy(() -> read(used, engine(), DRAWN))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("in use");
        }
    }

    @Test
    void cutsHalfALineAtEveryByte() throws Exception {
        Path file = folder.resolve("answers.jsonl");
        byte[] content = "{\"key\":\"a\"}\n{\"key\":\"b\",\"x\":\"ä\"}\n".getBytes(StandardCharsets.UTF_8);
        int first = "{\"key\":\"a\"}\n".length();
        for (int size = 0; size <= content.length; size++) {
            Files.write(file, Arrays.copyOf(content, size));
            try (AnswerFile answers = AnswerFile.open(file)) {
                assertThat(answers.has("a")).isEqualTo(size >= first);
                assertThat(answers.has("b")).isEqualTo(size == content.length);
                JsonObject added = new JsonObject();
                added.addProperty("x", "new");
                answers.add("c", added);
                assertThat(answers.get("c").get("x").getAsString()).isEqualTo("new");
            }
            assertThat(records(file)).hasSize(size < first ? 1 : size < content.length ? 2 : 3);
        }
    }

    private static HydraOptions.Builder engine() {
        return HydraOptions.builder(model).device("cpu");
    }

    private DataRequest.Builder request(Path file, HydraOptions.Builder engine, SamplingOptions sampling) {
        return DataRequest.builder(List.of(data))
                .length(128)
                .validation(0.2)
                .answers(new Answers.Regenerated(file, engine.build(), sampling, MAXIMUM_TOKENS));
    }

    private TrainingData read(Path file, HydraOptions.Builder engine, SamplingOptions sampling)
            throws IOException, InterruptedException {
        return TrainingData.read(request(file, engine, sampling).build(), model, listening());
    }

    private Console listening() {
        return new Console() {
            @Override
            public void say(String line) {
                said.add(line);
            }

            @Override
            public void print(String text) {}

            @Override
            public Progress progress(String task, long total, String unit) {
                return Progress.silent();
            }
        };
    }

    private static String chat(String... words) {
        JsonArray turns = new JsonArray();
        for (String text : words) {
            JsonObject turn = new JsonObject();
            turn.addProperty("role", turns.size() % 2 == 0 ? "user" : "assistant");
            turn.addProperty("content", text);
            turns.add(turn);
        }
        JsonObject record = new JsonObject();
        record.add("messages", turns);
        return record.toString();
    }

    private static List<JsonObject> records(Path file) throws IOException {
        return Files.readAllLines(file).stream()
                .map(line -> JsonParser.parseString(line).getAsJsonObject())
                .toList();
    }

    private static List<Integer> ids(JsonArray tokens) {
        return tokens.asList().stream().map(JsonElement::getAsInt).toList();
    }

    private static List<ChatTokens> chats(TrainingData read) {
        List<TokenRow> rows = new ArrayList<>(read.training());
        rows.addAll(read.validation());
        return rows.stream().flatMap(row -> row.chats().stream()).toList();
    }

    private static List<List<Integer>> learned(ChatTokens chat) {
        List<List<Integer>> runs = new ArrayList<>();
        for (int place : IntStream.range(0, chat.size()).filter(chat::learned).toArray()) {
            if (!chat.learned(place - 1)) {
                runs.add(new ArrayList<>());
            }
            runs.get(runs.size() - 1).add(chat.token(place));
        }
        return runs;
    }
}
