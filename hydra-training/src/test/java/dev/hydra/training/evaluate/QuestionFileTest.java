package dev.hydra.training.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.hydra.text.ChatMessage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuestionFileTest {

    @TempDir
    private Path folder;

    @Test
    void readsQuestionsAsMtBenchAndSpecBenchPublishThem() throws IOException {
        assertThat(read("question.jsonl", """
                        {"question_id": 81, "category": "writing", "turns": ["Compose a post.", "Rewrite it."]}

                        {"question_id": 121, "category": "coding", "turns": ["a", "b"], "reference": ["x", "y"]}
                        """))
                .containsExactly(
                        new Question("81", "writing", List.of(), List.of("Compose a post.", "Rewrite it.")),
                        new Question("121", "coding", List.of(), List.of("a", "b")));
    }

    @Test
    void readsPromptsTextsAndMessages() throws IOException {
        assertThat(read("prompts.jsonl", """
                        {"prompt": "Hello"}
                        {"text": "Once upon", "category": "stories"}
                        {"messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}]}
                        {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello!"}]}
                        """))
                .containsExactly(
                        new Question("prompts.jsonl:1", "", List.of(), List.of("Hello")),
                        new Question("prompts.jsonl:2", "stories", List.of(), List.of("Once upon")),
                        new Question(
                                "prompts.jsonl:3", "", List.of(new ChatMessage("system", "Be brief.")), List.of("Hi")),
                        new Question("prompts.jsonl:4", "", List.of(), List.of("Hi")));
    }

    @Test
    void readsTheLinesOfATextFile() throws IOException {
        assertThat(read("prompts.txt", "One\n\n  Two \n"))
                .containsExactly(
                        new Question("prompts.txt:1", "", List.of(), List.of("One")),
                        new Question("prompts.txt:3", "", List.of(), List.of("Two")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{                                | is not JSON",
                "7                                | is 7; expected an object",
                "{\"question\": \"x\"}            | has the keys [question]; expected \"turns\", \"prompt\", \"messages\" or \"text\"",
                "{\"turns\": []}                  | 'turns' is []; expected a list of texts",
                "{\"turns\": [1]}                 | 'turns' has 1; expected a text",
                "{\"prompt\": \"  \"}             | 'prompt' has \"  \"; expected a text",
                "{\"messages\": [{\"role\": \"user\"}]} | has {\"role\":\"user\"} among its messages; expected an object with 'role' and 'content'",
                "{\"messages\": []}               | has no message of the role 'user'; expected one at least",
                "{\"question_id\": [], \"turns\": [\"a\"]} | 'question_id' is []; expected a text or a number"
            })
    void namesFileAndLineOfABadLine(String line, String complaint) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> read("bad.jsonl", "{\"prompt\": \"fine\"}\n" + line + "\n"))
                .withMessageContaining("bad.jsonl:2: " + complaint);
    }

    @Test
    void wantsAFileWithQuestions() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> read("empty.jsonl", "\n"))
                .withMessageContaining("has no questions");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> QuestionFile.read(folder.resolve("absent.jsonl")))
                .withMessageContaining("absent.jsonl: does not exist");
    }

    private List<Question> read(String name, String text) throws IOException {
        return QuestionFile.read(Files.writeString(folder.resolve(name), text));
    }
}
