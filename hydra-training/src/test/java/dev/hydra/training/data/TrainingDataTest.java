package dev.hydra.training.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hydra.text.Tokenizer;
import dev.hydra.training.console.Console;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainingDataTest {
    @TempDir
    private Path folder;

    private Path model = Path.of("");

    @BeforeEach
    void writeModel() throws IOException {
        model = ChatStyle.CHATML.write(Files.createDirectory(folder.resolve("model")));
    }

    @Test
    void makesRowsOfChatsAndSaysWhatBecameOfThem() throws Exception {
        List<String> lines = new ArrayList<>();
        for (int number = 0; number < 40; number++) {
            lines.add(chat("What is " + number + "?", "It is " + number + "."));
        }
        lines.add("{}");
        TrainingData data = read(request(file("a.jsonl", lines)).build());
        DataStatistics statistics = data.statistics();
        assertThat(statistics.records()).isEqualTo(40);
        assertThat(statistics.bad()).isEqualTo(1);
        assertThat(statistics.truncated() + statistics.dropped()).isZero();
        assertThat(statistics.rows())
                .isEqualTo(data.training().size() + data.validation().size());
        assertThat(chats(data.training()).size() + chats(data.validation()).size())
                .isEqualTo(40);
        assertThat(statistics.tokens())
                .isEqualTo(data.training().stream().mapToInt(TokenRow::size).sum()
                        + data.validation().stream().mapToInt(TokenRow::size).sum());
        assertThat(statistics.learned()).isPositive().isLessThan(statistics.tokens());
        assertThat(statistics.fill()).isBetween(0.3, 1.0);
        TrainingData alone = read(request(file("a.jsonl", lines)).packed(false).build());
        assertThat(alone.training())
                .hasSize(chats(data.training()).size())
                .allMatch(row -> row.chats().size() == 1);
    }

    @Test
    void cutsOffLongChatsAndDropsThoseWithoutAnswer() throws Exception {
        List<String> lines =
                List.of(chat("Hi?", "word ".repeat(200)), chat("word ".repeat(200), "Hi."), chat("Hi!", "Hello."));
        TrainingData data =
                read(request(file("a.jsonl", lines)).validation(0).length(64).build());
        assertThat(data.statistics().truncated()).isEqualTo(1);
        assertThat(data.statistics().dropped()).isEqualTo(1);
        assertThat(data.statistics().records()).isEqualTo(2);
        assertThat(chats(data.training())).anyMatch(chat -> chat.size() == 64);
        assertThat(data.training()).allMatch(row -> row.size() <= 64);
        assertThat(data.validation()).isEmpty();
    }

    @Test
    void cutsDocumentsIntoRowsAndLearnsAllButTheirFirstTokens() throws Exception {
        String text = "The quick brown fox jumps over the lazy dog. ".repeat(50);
        TrainingData data = read(
                request(file("a.txt", List.of(text))).validation(0).length(32).build());
        List<Integer> tokens = new ArrayList<>();
        for (ChatTokens chat : chats(data.training())) {
            assertThat(chat.learned(0)).isFalse();
            assertThat(chat.learned()).isEqualTo(chat.size() - 1);
            Arrays.stream(chat.tokens()).forEach(tokens::add);
        }
        try (Tokenizer tokenizer = Tokenizer.open(model)) {
            assertThat(tokens).isEqualTo(tokenizer.encode(text + "\n"));
        }
    }

    @Test
    void keepsTheSidesApartWhenDataGrow() throws Exception {
        List<String> lines = new ArrayList<>();
        for (int number = 0; number < 200; number++) {
            lines.add(chat("Question " + number, "Answer " + number));
        }
        TrainingData small =
                read(request(file("a.jsonl", lines.subList(0, 100))).build());
        List<String> more = new ArrayList<>(lines);
        more.addAll(lines);
        for (int number = 0; number < 200; number++) {
            more.add(chat("Question " + number, "Another answer " + number));
        }
        TrainingData large = read(request(file("b.jsonl", more)).build());
        assertThat(texts(large.training())).containsAll(texts(small.training()));
        assertThat(texts(large.validation())).containsAll(texts(small.validation()));
        Set<String> questions = new HashSet<>(questions(large.training()));
        assertThat(questions(large.validation())).isNotEmpty().doesNotContainAnyElementsOf(questions);
        assertThat((double) chats(large.validation()).size()).isBetween(0.1 * 600, 0.3 * 600);
        TrainingData other = read(request(file("b.jsonl", more)).seed(5).build());
        assertThat(questions(other.validation())).isNotEqualTo(questions(large.validation()));
    }

    @Test
    void givesTheSameRowsAndFingerprintForTheSameData() throws Exception {
        List<String> lines = new ArrayList<>();
        for (int number = 0; number < 30; number++) {
            lines.add(chat("Question " + number, "Answer " + number));
        }
        DataRequest request = request(file("a.jsonl", lines)).build();
        TrainingData data = read(request);
        TrainingData again = read(request);
        assertThat(again.fingerprint()).isEqualTo(data.fingerprint()).matches("[0-9a-f]{64}");
        assertThat(texts(again.training())).isEqualTo(texts(data.training()));
        lines.set(3, chat("Question 3", "Another answer"));
        assertThat(read(request(file("a.jsonl", lines)).build()).fingerprint()).isNotEqualTo(data.fingerprint());
        assertThat(read(request(folder.resolve("a.jsonl")).packed(false).build())
                        .fingerprint())
                .isNotEqualTo(data.fingerprint());
    }

    @Test
    void givesTheSameRowsOnEveryDay() throws Exception {
        Files.writeString(
                model.resolve("chat_template.jinja"),
                "{{ strftime_now('%d %b %Y') }}{% for m in messages %}|{{ m.role }}: {{ m.content }}<|im_end|>{% endfor %}"
                        + "{% if add_generation_prompt %}|assistant:{% endif %}");
        Path file = file("a.jsonl", List.of(chat("Hi?", "Hello.")));
        assertThat(texts(read(request(file).validation(0).build()).training()))
                .containsExactly("26 Jul 2024|user: Hi?|assistant: Hello.");
    }

    @Test
    void asksForMoreWhereASideIsEmpty() throws Exception {
        Path file = file("a.jsonl", List.of(chat("Hi?", "Hello.")));
        assertThatThrownBy(() -> read(request(file).build()))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("of 1 records")
                .hasMessageContaining("for validation; expected one of each: give more data");
        Path bad = file("b.jsonl", List.of("{}"));
        assertThatThrownBy(() -> read(request(bad).build()))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("nothing to learn")
                .hasMessageContaining("1 records are bad");
    }

    @Test
    void asksForAChatTemplateWhereDataAreChats() throws Exception {
        Files.delete(model.resolve("chat_template.jinja"));
        Path file = file("a.jsonl", List.of(chat("Hi?", "Hello.")));
        assertThatThrownBy(() -> read(request(file).build()))
                .isInstanceOf(DataException.class)
                .hasMessageContaining(
                        file + ":1 is a chat, and the model has no chat template; add its chat_template.jinja");
        Path text = file("a.txt", List.of("Once upon a time there was a fox."));
        assertThat(read(request(text).validation(0).build()).training()).hasSize(1);
    }

    @Test
    void writesChatsWithTheTemplateThatIsChosen() throws Exception {
        Path file = file("a.jsonl", List.of(chat("Hi?", "Hello."), chat("Bye?", "Goodbye.")));
        TrainingData own = read(request(file).validation(0).build());
        Path elsewhere = Files.move(model.resolve("chat_template.jinja"), folder.resolve("elsewhere.jinja"));
        TrainingData moved = read(
                request(file).validation(0).chatTemplate(elsewhere.toString()).build());
        assertThat(moved.fingerprint()).isEqualTo(own.fingerprint());

        TrainingData vicuna =
                read(request(file).validation(0).chatTemplate("vicuna").build());
        try (Tokenizer tokenizer = Tokenizer.open(model)) {
            List<Integer> tokens = Arrays.stream(chats(vicuna.training()).get(0).tokens())
                    .boxed()
                    .toList();
            assertThat(tokenizer.decodeVerbatim(tokens)).contains("USER: Hi? ASSISTANT: Hello.");
        }
        assertThatThrownBy(() -> read(request(file).chatTemplate("alpaca").build()))
                .hasMessageContaining("alpaca")
                .hasMessageContaining("vicuna, llama-2, chatml");
    }

    private Path file(String name, List<String> lines) throws IOException {
        return Files.write(folder.resolve(name), lines);
    }

    private static String chat(String question, String answer) {
        return "{\"messages\":[{\"role\":\"user\",\"content\":\"%s\"},{\"role\":\"assistant\",\"content\":\"%s\"}]}"
                .formatted(question, answer);
    }

    private static DataRequest.Builder request(Path file) {
        return DataRequest.builder(List.of(file)).length(128).validation(0.2);
    }

    private TrainingData read(DataRequest request) throws IOException, InterruptedException {
        return TrainingData.read(request, model, Console.silent());
    }

    private static List<ChatTokens> chats(List<TokenRow> rows) {
        return rows.stream().flatMap(row -> row.chats().stream()).toList();
    }

    private List<String> texts(List<TokenRow> rows) {
        try (Tokenizer tokenizer = Tokenizer.open(model)) {
            return chats(rows).stream()
                    .map(chat -> tokenizer.decode(
                            Arrays.stream(chat.tokens()).boxed().toList()))
                    .toList();
        }
    }

    private List<String> questions(List<TokenRow> rows) {
        return texts(rows).stream()
                .map(text -> text.substring(0, text.indexOf("assistant")))
                .toList();
    }
}
