package dev.hydra.training.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import dev.hydra.text.ChatMessage;
import dev.hydra.text.ChatTemplate;
import dev.hydra.text.Tokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DialogueEncoderTest {
    private static final long SEED = 17;
    private static final Origin ORIGIN = Origin.line(Path.of("chats.jsonl"), 1);

    @TempDir
    private Path folder;

    @ParameterizedTest
    @EnumSource
    void givesTheModelExactlyThePromptThatItWouldGet(ChatStyle style) throws IOException {
        style.write(folder);
        ChatTemplate template = ChatTemplate.open(folder);
        try (Tokenizer tokenizer = Tokenizer.open(folder)) {
            DialogueEncoder encoder = ChatStyle.encoder(folder, tokenizer);
            Random random = new Random(SEED);
            for (int run = 0; run < 50; run++) {
                List<ChatMessage> messages = random(random);
                Dialogue dialogue = new Dialogue(messages.subList(0, messages.size()), Map.of(), ORIGIN);
                int first = dialogue.answers().get(0);
                ChatTokens chat = encoder.encode(dialogue).get(0);
                String prompt = template.render(messages.subList(0, first), true);
                if (style == ChatStyle.OPENING) {
                    prompt = prompt.substring(0, prompt.length() - "<think>\n".length());
                }
                List<Integer> given = tokenizer.encode(prompt);
                assertThat(ids(chat).subList(0, given.size()))
                        .as("seed %d, run %d: %s", SEED, run, messages)
                        .isEqualTo(given);
                assertThat(IntStream.range(0, given.size()).noneMatch(chat::learned))
                        .isTrue();
                assertThat(chat.learned(given.size())).isTrue();
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void learnsTheAnswersAndTheirEndsAndNothingElse(ChatStyle style) throws IOException {
        style.write(folder);
        ChatTemplate template = ChatTemplate.open(folder);
        try (Tokenizer tokenizer = Tokenizer.open(folder);
                HuggingFaceTokenizer reader = reader()) {
            DialogueEncoder encoder = ChatStyle.encoder(folder, tokenizer);
            Random random = new Random(SEED);
            for (int run = 0; run < 50; run++) {
                List<ChatMessage> messages = random(random);
                List<ChatTokens> sequences = encoder.encode(new Dialogue(messages, Map.of(), ORIGIN));
                List<String> learned = new ArrayList<>();
                sequences.forEach(chat -> learned.addAll(learned(reader, chat)));
                assertThat(learned)
                        .as("seed %d, run %d", SEED, run)
                        .isEqualTo(messages.stream()
                                .filter(message -> message.role().equals("assistant"))
                                .map(message -> style.learned(message.content()))
                                .toList());
                ChatTokens last = sequences.get(sequences.size() - 1);
                assertThat(text(reader, ids(last)))
                        .isEqualTo(text(
                                reader,
                                tokenizer.encode(
                                        template.render(messages, false).stripTrailing())));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"CHATML", "LLAMA_2"})
    void encodesAWholeChatAsTheRenderedTextWhereTurnsEndInMarks(ChatStyle style) throws IOException {
        style.write(folder);
        ChatTemplate template = ChatTemplate.open(folder);
        try (Tokenizer tokenizer = Tokenizer.open(folder)) {
            List<ChatMessage> messages = chat("Hello there, how are you?", "I am well.", "Good to hear!", "Indeed.");
            List<ChatTokens> sequences =
                    ChatStyle.encoder(folder, tokenizer).encode(new Dialogue(messages, Map.of(), ORIGIN));
            assertThat(sequences).hasSize(1);
            assertThat(ids(sequences.get(0)))
                    .isEqualTo(tokenizer.encode(template.render(messages, false).stripTrailing()));
        }
    }

    @Test
    void followsATemplateThatStripsAnswers() throws IOException {
        ChatStyle.LLAMA_3.write(folder);
        try (Tokenizer tokenizer = Tokenizer.open(folder);
                HuggingFaceTokenizer reader = reader()) {
            List<ChatMessage> messages = chat("Hello?", "\n  Hi!  \n", "Again?", " Hi again. ");
            List<ChatTokens> sequences =
                    ChatStyle.encoder(folder, tokenizer).encode(new Dialogue(messages, Map.of(), ORIGIN));
            assertThat(sequences).hasSize(1);
            assertThat(learned(reader, sequences.get(0))).containsExactly("Hi!<|eot_id|>", "Hi again.<|eot_id|>");
        }
    }

    @Test
    void beginsAnotherSequenceWhereTheTemplateRewritesWhatWasSaid() throws IOException {
        ChatStyle.THOUGHTFUL.write(folder);
        ChatTemplate template = ChatTemplate.open(folder);
        try (Tokenizer tokenizer = Tokenizer.open(folder)) {
            List<ChatMessage> messages = chat("One?", "Two.", "Three?", "Four.");
            List<ChatTokens> sequences =
                    ChatStyle.encoder(folder, tokenizer).encode(new Dialogue(messages, Map.of(), ORIGIN));
            assertThat(sequences).hasSize(2);
            for (int turn = 0; turn < 2; turn++) {
                List<Integer> given = tokenizer.encode(template.render(messages.subList(0, 2 * turn + 1), true));
                assertThat(ids(sequences.get(turn)).subList(0, given.size())).isEqualTo(given);
                assertThat(sequences.get(turn).learned())
                        .isEqualTo(sequences.get(turn).size() - given.size());
            }
        }
    }

    @Test
    void learnsAnAnswerThatWasCutOffWithoutItsEnd() throws IOException {
        ChatStyle.CHATML.write(folder);
        try (Tokenizer tokenizer = Tokenizer.open(folder);
                HuggingFaceTokenizer reader = reader()) {
            Dialogue dialogue = new Dialogue(
                    chat("Hello?", "I was about", "Yes?", "Never mind."),
                    Map.of(1, new Utterance(List.of(), "", false)),
                    ORIGIN);
            ChatTokens chat =
                    ChatStyle.encoder(folder, tokenizer).encode(dialogue).get(0);
            assertThat(learned(reader, chat)).containsExactly("I was about", "Never mind.<|im_end|>");
            assertThat(text(reader, ids(chat))).contains("I was about<|im_end|>\n");
        }
    }

    @Test
    void learnsTheTokensThatWereSaid() throws IOException {
        ChatStyle.CHATML.write(folder);
        try (Tokenizer tokenizer = Tokenizer.open(folder)) {
            String ours = Fingerprint.ofTokenizer(folder);
            // letter by letter, as no encoder would
            List<Integer> said = new ArrayList<>();
            "Hi".chars().forEach(letter -> said.addAll(tokenizer.encode(Character.toString(letter))));
            said.addAll(tokenizer.encode("<|im_end|>"));
            List<ChatMessage> messages = chat("Hello?", "Hi");
            DialogueEncoder encoder = ChatStyle.encoder(folder, tokenizer);
            ChatTokens same = encoder.encode(new Dialogue(messages, Map.of(1, new Utterance(said, ours, true)), ORIGIN))
                    .get(0);
            assertThat(learnedIds(same)).isEqualTo(said);
            List<Integer> others = List.of(3, 4);
            ChatTokens other = encoder.encode(
                            new Dialogue(messages, Map.of(1, new Utterance(others, "another", true)), ORIGIN))
                    .get(0);
            assertThat(learnedIds(other)).isEqualTo(tokenizer.encode("Hi<|im_end|>"));
        }
    }

    @Test
    void refusesAChatWithoutAnswersAndOneThatTheTemplateHides() throws IOException {
        ChatStyle.OPENING.write(folder);
        try (Tokenizer tokenizer = Tokenizer.open(folder)) {
            DialogueEncoder encoder = ChatStyle.encoder(folder, tokenizer);
            Dialogue question = new Dialogue(List.of(new ChatMessage("user", "Hello?")), Map.of(), ORIGIN);
            assertThatThrownBy(() -> encoder.encode(question))
                    .isInstanceOf(BadRecordException.class)
                    .hasMessageContaining("no turn of the assistant's");
            Dialogue hidden = new Dialogue(chat("Hello?", "I think.</think>Hi."), Map.of(), ORIGIN);
            assertThatThrownBy(() -> encoder.encode(hidden))
                    .isInstanceOf(BadRecordException.class)
                    .hasMessageContaining("in other words");
        }
    }

    private HuggingFaceTokenizer reader() throws IOException {
        return HuggingFaceTokenizer.newInstance(
                folder.resolve("tokenizer.json"),
                Map.of("addSpecialTokens", "false", "truncation", "false", "padding", "false"));
    }

    private static List<ChatMessage> chat(String... words) {
        List<ChatMessage> messages = new ArrayList<>();
        for (String said : words) {
            messages.add(new ChatMessage(messages.size() % 2 == 0 ? "user" : "assistant", said));
        }
        return messages;
    }

    private static List<ChatMessage> random(Random random) {
        List<ChatMessage> messages = new ArrayList<>();
        if (random.nextBoolean()) {
            messages.add(new ChatMessage("system", words(random)));
        }
        int turns = 1 + random.nextInt(3);
        for (int turn = 0; turn < turns; turn++) {
            messages.add(new ChatMessage("user", words(random)));
            messages.add(new ChatMessage("assistant", words(random)));
        }
        return messages;
    }

    private static String words(Random random) {
        List<String> words = List.of(
                "the", "quick", "brown", "fox", "Hello", "I'm", "42", "Grüße", "你好", "🦊", "(a)", "x,", "end.", "s");
        StringBuilder text = new StringBuilder();
        int count = 1 + random.nextInt(8);
        for (int word = 0; word < count; word++) {
            text.append(word == 0 ? "" : random.nextInt(6) == 0 ? "\n" : " ");
            text.append(words.get(random.nextInt(words.size())));
        }
        return text.toString();
    }

    private static List<Integer> ids(ChatTokens chat) {
        return Arrays.stream(chat.tokens()).boxed().toList();
    }

    private static List<Integer> learnedIds(ChatTokens chat) {
        return IntStream.range(0, chat.size())
                .filter(chat::learned)
                .mapToObj(chat::token)
                .toList();
    }

    private static String text(HuggingFaceTokenizer reader, List<Integer> ids) {
        return reader.decode(ids.stream().mapToLong(Integer::longValue).toArray(), false);
    }

    /** The text of each run of learned tokens: what the decoded chat has more with them than without. */
    private static List<String> learned(HuggingFaceTokenizer reader, ChatTokens chat) {
        List<String> runs = new ArrayList<>();
        for (int place = 0; place < chat.size(); place++) {
            if (chat.learned(place)) {
                int start = place;
                while (place < chat.size() && chat.learned(place)) {
                    place++;
                }
                String before = text(reader, ids(chat).subList(0, start));
                String with = text(reader, ids(chat).subList(0, place));
                assertThat(with).startsWith(before);
                runs.add(with.substring(before.length()));
            }
        }
        return runs;
    }
}
