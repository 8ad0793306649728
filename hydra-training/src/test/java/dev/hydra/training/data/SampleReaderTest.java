package dev.hydra.training.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hydra.text.ChatMessage;
import dev.hydra.training.console.Console;
import dev.hydra.training.console.Progress;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SampleReaderTest {
    private static final String MESSAGES =
            "{\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"},{\"role\":\"assistant\",\"content\":\"Hello\"}]}";
    private static final String SHAREGPT =
            "{\"id\":\"1\",\"conversations\":[{\"from\":\"human\",\"value\":\"Hi\"},{\"from\":\"gpt\",\"value\":\"Hello\"}]}";
    private static final List<ChatMessage> CHAT =
            List.of(new ChatMessage("user", "Hi"), new ChatMessage("assistant", "Hello"));

    @TempDir
    private Path folder;

    private final Listening said = new Listening();

    @Test
    void readsEveryFormatAsItLooks() throws Exception {
        assertThat(messages(file("a.jsonl", MESSAGES + "\n" + SHAREGPT))).containsExactly(CHAT, CHAT);
        assertThat(messages(file("b.json", "\uFEFF [" + MESSAGES + ",\n" + SHAREGPT + "]")))
                .containsExactly(CHAT, CHAT);
        assertThat(messages(file("c.ndjson", "\r\n" + MESSAGES + "\r\n\r\n" + SHAREGPT + "\r\n")))
                .containsExactly(CHAT, CHAT);
        assertThat(texts(file("d.jsonl", "{\"text\":\"Once upon\"}\n{\"text\":\"a time\"}")))
                .containsExactly("Once upon", "a time");
        assertThat(texts(file("e.txt", "[Once] upon\n\na time\n"))).containsExactly("[Once] upon\n\na time\n");
        assertThat(texts(file("f", "Once upon a time"))).containsExactly("Once upon a time");
        assertThat(said.lines).isEmpty();
    }

    @Test
    void takesAFormatAtItsWord() throws Exception {
        assertThat(read(DataFormat.TEXT, file("a.log", MESSAGES))).hasSize(1).allMatch(Document.class::isInstance);
        assertThat(read(DataFormat.SHAREGPT, file("b.txt", SHAREGPT)))
                .hasSize(1)
                .allMatch(Dialogue.class::isInstance);
        assertThat(read(DataFormat.MESSAGES, file("c.jsonl", SHAREGPT))).isEmpty();
        assertThat(said.lines).singleElement().asString().contains("c.jsonl:1: the record has the keys", "'messages'");
    }

    @ParameterizedTest
    @CsvSource({
        "human,gpt",
        "user,assistant",
        "Human,GPT",
        "human,chatgpt",
        "human,bing",
        "human,bard",
        "user,model",
    })
    void knowsTheSpellingsOfRoles(String user, String assistant) throws Exception {
        String record =
                "{'conversations':[{'from':'system','value':'Be kind'},{'from':'USER','value':'Hi'},{'from':'BOT','value':'Hello'}]}"
                        .replace('\'', '"')
                        .replace("USER", user)
                        .replace("BOT", assistant);
        assertThat(messages(file("a.jsonl", record)))
                .containsExactly(List.of(new ChatMessage("system", "Be kind"), CHAT.get(0), CHAT.get(1)));
    }

    @Test
    void joinsTextParts() throws Exception {
        String record =
                "{'messages':[{'role':'user','content':[{'type':'text','text':'H'},{'type':'text','text':'i'}]},{'role':'assistant','content':'Hello'}]}"
                        .replace('\'', '"');
        assertThat(messages(file("a.jsonl", record))).containsExactly(CHAT);
    }

    @Test
    void dropsAnswersBeforeTheFirstQuestion() throws Exception {
        String record =
                "{'conversations':[{'from':'gpt','value':'Before'},{'from':'human','value':'Hi'},{'from':'gpt','value':'Hello'}]}"
                        .replace('\'', '"');
        assertThat(messages(file("a.jsonl", record))).containsExactly(CHAT);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    {'messages':[                                                           | broken JSON
                    {'messages':[]} {}                                                      | malformed JSON at line 1 column 18
                    [1]                                                                     | the record is a list; expected an object
                    {'chat':[]}                                                             | the record has the keys [chat]; expected 'conversations', 'messages' or 'text'
                    {'messages':{}}                                                         | 'messages' is no list
                    {'messages':[]}                                                         | there are no turns
                    {'messages':[7]}                                                        | turn 1 is no object
                    {'messages':[{'content':'Hi'}]}                                         | turn 1 has the keys [content]; expected 'from' or 'role'
                    {'messages':[{'role':'user'}]}                                          | turn 1 has the keys [role]; expected 'value' or 'content'
                    {'messages':[{'role':'user','content':null}]}                           | what is said in turn 1 is null; expected a string
                    {'messages':[{'role':'user','content':' '}]}                            | turn 1, the user's, has no words
                    {'messages':[{'role':'user','content':[{'type':'image_url'}]}]}         | turn 1 has a part that is no text
                    {'messages':[{'role':'narrator','content':'Hi'}]}                       | turn 1 is of 'narrator'; expected system, user or human
                    {'messages':[{'role':'tool','content':'Hi'}]}                           | turn 1 is a tool's, 'tool'; expected a chat without tools
                    {'messages':[{'role':'assistant','content':'Hi'}]}                      | there are no turns
                    {'messages':[{'role':'user','content':'A'},{'role':'user','content':'B'}]} | turn 2 is the user's; expected the assistant's
                    {'messages':[{'role':'user','content':'A'},{'role':'system','content':'B'}]} | turn 2 is the system's; expected the assistant's
                    {'text':' '}                                                            | there are no words
                    """)
    void reportsABadRecordWithItsLineAndGoesOn(String record, String problem) throws Exception {
        Path file = file("a.jsonl", MESSAGES + "\n\n" + record.replace('\'', '"') + "\n" + MESSAGES);
        assertThat(messages(file)).containsExactly(CHAT, CHAT);
        assertThat(said.lines)
                .singleElement()
                .asString()
                .startsWith(file + ":3: ")
                .contains(problem);
    }

    @Test
    void reportsALineThatIsNotUtf8AndGoesOn() throws Exception {
        Path file = folder.resolve("a.jsonl");
        Files.write(file, (MESSAGES + "\n\u00E9\n" + MESSAGES).getBytes(StandardCharsets.ISO_8859_1));
        assertThat(messages(file)).containsExactly(CHAT, CHAT);
        assertThat(said.lines).singleElement().asString().startsWith(file + ":2: the bytes are not UTF-8");
    }

    @Test
    void numbersTheRecordsOfAnArray() throws Exception {
        Path file = file("a.json", "[" + MESSAGES + ",{}," + MESSAGES + "]");
        assertThat(read(DataFormat.AUTO, file))
                .extracting(sample -> sample.origin().toString())
                .containsExactly(file + " record 1", file + " record 3");
        assertThat(said.lines).singleElement().asString().startsWith(file + " record 2: ");
    }

    @Test
    void endsWhereAnArrayIsBroken() throws Exception {
        Path broken = file("a.json", "[" + MESSAGES + ",\n{\"messages\" []}]");
        assertThatThrownBy(() -> messages(broken))
                .isInstanceOf(DataException.class)
                .hasMessageContaining(broken + " record 2: broken JSON")
                .hasMessageContaining("line 2 column")
                .hasMessageContaining("one record per line");
        Path cut = file("b.json", "[" + MESSAGES + ",{\"messages\"");
        assertThatThrownBy(() -> messages(cut))
                .isInstanceOf(DataException.class)
                .hasMessageContaining(cut + " record 2: broken JSON");
    }

    @Test
    void endsAtTooManyBadRecordsAndNamesTheFirst() throws Exception {
        Path file = file("a.jsonl", "{}\n".repeat(4));
        Problems problems = new Problems(3, said);
        SampleReader reader = new SampleReader(DataFormat.AUTO, problems, Progress.silent());
        assertThatThrownBy(() -> reader.read(file, sample -> {}))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("4 bad records; expected 3 at most")
                .hasMessageContaining(file + ":1: the record has the keys []")
                .hasMessageContaining(file + ":4: ");
    }

    @Test
    void namesAFileThatIsNotThere() {
        assertThatThrownBy(() -> messages(folder.resolve("none.jsonl")))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("none.jsonl is not there; expected a file");
        assertThatThrownBy(() -> messages(folder))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("is a folder; expected a file");
    }

    @Test
    void advancesByTheBytesOfTheFile() throws Exception {
        Path file = file("a.jsonl", (MESSAGES + "\n").repeat(3000));
        AtomicLong bytes = new AtomicLong();
        Progress progress = new Progress() {
            @Override
            public void advance(long by) {
                bytes.addAndGet(by);
            }

            @Override
            public void remark(String text) {}

            @Override
            public void close() {}
        };
        List<Sample> samples = new ArrayList<>();
        new SampleReader(DataFormat.AUTO, new Problems(0, said), progress).read(file, samples::add);
        assertThat(samples).hasSize(3000);
        assertThat(bytes).hasValue(Files.size(file));
    }

    private Path file(String name, String content) throws IOException {
        return Files.writeString(folder.resolve(name), content);
    }

    private List<Sample> read(DataFormat format, Path file) throws IOException, InterruptedException {
        List<Sample> samples = new ArrayList<>();
        new SampleReader(format, new Problems(100, said), Progress.silent()).read(file, samples::add);
        return samples;
    }

    private List<List<ChatMessage>> messages(Path file) throws IOException, InterruptedException {
        return read(DataFormat.AUTO, file).stream()
                .map(sample -> ((Dialogue) sample).messages())
                .toList();
    }

    private List<String> texts(Path file) throws IOException, InterruptedException {
        return read(DataFormat.AUTO, file).stream()
                .map(sample -> ((Document) sample).text())
                .toList();
    }

    private static final class Listening implements Console {
        private final List<String> lines = new ArrayList<>();

        @Override
        public void say(String line) {
            lines.add(line);
        }

        @Override
        public void print(String text) {}

        @Override
        public Progress progress(String task, long total, String unit) {
            return Progress.silent();
        }
    }
}
