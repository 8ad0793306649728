package dev.hydra.training.evaluate;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.hydra.text.ChatMessage;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads questions from files. A {@code .txt} file has a prompt on every line. Any other file has a JSON object on every line, in
 * one of these forms:
 *
 * <ul>
 *   <li>{@code {"question_id": 81, "category": "writing", "turns": ["...", "..."]}}, as MT-Bench and Spec-Bench are published
 *   <li>{@code {"prompt": "..."}} or {@code {"text": "..."}}
 *   <li>{@code {"messages": [{"role": "user", "content": "..."}]}}: the last turn of the user is asked, what comes after it left out
 * </ul>
 *
 * <p>{@code question_id} and {@code category} may stand in each of them. Empty lines are passed over, and what else an object says
 * is left aside.
 */
public final class QuestionFile {

    private static final String FORMS = "expected \"turns\", \"prompt\", \"messages\" or \"text\"";

    private final Path file;

    private QuestionFile(Path file) {
        this.file = file;
    }

    /**
     * All questions of a file, in its order.
     *
     * @throws IllegalArgumentException if the file is missing or not UTF-8, has no question, or a line is none; the message names
     *     file and line
     * @throws IOException if it cannot be read
     */
    public static List<Question> read(Path file) throws IOException {
        return new QuestionFile(file).read();
    }

    private List<Question> read() throws IOException {
        boolean plain = name().endsWith(".txt");
        List<Question> questions = new ArrayList<>();
        int number = 0;
        for (String line : lines()) {
            number++;
            if (!line.isBlank()) {
                questions.add(
                        plain
                                ? new Question(id(number), "", List.of(), List.of(line.strip()))
                                : question(line, number));
            }
        }
        if (questions.isEmpty()) {
            throw new IllegalArgumentException("%s: has no questions; expected one a line".formatted(file));
        }
        return List.copyOf(questions);
    }

    private List<String> lines() throws IOException {
        try {
            return Files.readAllLines(file);
        } catch (NoSuchFileException e) {
            throw new IllegalArgumentException("%s: does not exist; expected a file of questions".formatted(file), e);
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException(
                    "%s: is not text in UTF-8; expected a question a line".formatted(file), e);
        }
    }

    private String name() {
        return String.valueOf(file.getFileName());
    }

    private String id(int line) {
        return name() + ":" + line;
    }

    private Question question(String line, int number) {
        JsonElement json;
        try {
            json = JsonParser.parseString(line);
        } catch (JsonParseException e) {
            throw wrong(number, "is not JSON; expected an object", e);
        }
        if (!json.isJsonObject()) {
            throw wrong(number, "is %s; expected an object".formatted(shortened(json)));
        }
        JsonObject object = json.getAsJsonObject();
        String id = object.has("question_id") ? scalar(object, "question_id", number) : id(number);
        String category = object.has("category") ? scalar(object, "category", number) : "";
        if (object.has("turns")) {
            return new Question(id, category, List.of(), turns(object.get("turns"), number));
        }
        if (object.has("messages")) {
            return dialogue(new Question(id, category, List.of(), List.of("")), object.get("messages"), number);
        }
        for (String key : List.of("prompt", "text")) {
            if (object.has(key)) {
                return new Question(id, category, List.of(), List.of(text(object.get(key), key, number)));
            }
        }
        throw wrong(number, "has the keys %s; %s".formatted(object.keySet(), FORMS));
    }

    private List<String> turns(JsonElement turns, int number) {
        if (!turns.isJsonArray() || turns.getAsJsonArray().isEmpty()) {
            throw wrong(number, "'turns' is %s; expected a list of texts".formatted(shortened(turns)));
        }
        List<String> texts = new ArrayList<>();
        turns.getAsJsonArray().forEach(turn -> texts.add(text(turn, "turns", number)));
        return texts;
    }

    private Question dialogue(Question named, JsonElement list, int number) {
        if (!list.isJsonArray()) {
            throw wrong(number, "'messages' is %s; expected a list of messages".formatted(shortened(list)));
        }
        List<ChatMessage> messages = new ArrayList<>();
        for (JsonElement element : list.getAsJsonArray()) {
            if (!element.isJsonObject()
                    || !element.getAsJsonObject().has("role")
                    || !element.getAsJsonObject().has("content")) {
                throw wrong(
                        number,
                        "has %s among its messages; expected an object with 'role' and 'content'"
                                .formatted(shortened(element)));
            }
            JsonObject message = element.getAsJsonObject();
            messages.add(new ChatMessage(
                    text(message.get("role"), "role", number), text(message.get("content"), "content", number)));
        }
        int last = messages.size() - 1;
        while (last >= 0 && !messages.get(last).role().equals("user")) {
            last--;
        }
        if (last < 0) {
            throw wrong(number, "has no message of the role 'user'; expected one at least");
        }
        return new Question(
                named.id(),
                named.category(),
                messages.subList(0, last),
                List.of(messages.get(last).content()));
    }

    private String text(JsonElement element, String key, int number) {
        if (element.isJsonPrimitive() && element.getAsJsonPrimitive().isString()) {
            String text = element.getAsString();
            if (!text.isBlank()) {
                return text;
            }
        }
        throw wrong(number, "'%s' has %s; expected a text".formatted(key, shortened(element)));
    }

    private String scalar(JsonObject object, String key, int number) {
        if (object.get(key).isJsonPrimitive()) {
            return object.get(key).getAsString();
        }
        throw wrong(number, "'%s' is %s; expected a text or a number".formatted(key, shortened(object.get(key))));
    }

    private static String shortened(JsonElement element) {
        String text = element.toString();
        return text.length() <= 60 ? text : text.substring(0, 60) + "...";
    }

    private IllegalArgumentException wrong(int number, String complaint) {
        return new IllegalArgumentException("%s:%d: %s".formatted(file, number, complaint));
    }

    private IllegalArgumentException wrong(int number, String complaint, Throwable cause) {
        return new IllegalArgumentException("%s:%d: %s".formatted(file, number, complaint), cause);
    }
}
