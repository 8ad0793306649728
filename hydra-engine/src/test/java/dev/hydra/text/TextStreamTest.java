package dev.hydra.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TextStreamTest {
    private static final int ROUNDS = 2000;

    private static Tokenizer tokenizer;

    @BeforeAll
    static void open() {
        tokenizer = Tokenizer.open(TokenizerFiles.folder("bpe-qwen2"));
    }

    @AfterAll
    static void close() {
        tokenizer.close();
    }

    @Test
    void mergesRunsOfOneDepth() {
        TextStream stream = stream();
        append(stream, "a", 0);
        append(stream, "b", 1);
        append(stream, "c", 1);
        assertThat(stream.drain()).containsExactly(new TextRun("a", 0), new TextRun("bc", 1));
        append(stream, "d", 1);
        append(stream, "e", 0);
        assertThat(stream.drain()).containsExactly(new TextRun("d", 1), new TextRun("e", 0));
        assertThat(stream.drain()).isEmpty();
        assertThat(stream.text()).isEqualTo("abcde");
    }

    @Test
    void givesACharacterToTheTokenThatCompletesIt() {
        TextStream stream = stream();
        List<String> bytes = List.of("ð", "Ł", "ĳ", "ĭ");
        for (int i = 0; i < bytes.size(); i++) {
            stream.append(id(bytes.get(i)), i);
        }
        assertThat(stream.drain()).containsExactly(new TextRun("👋", 3));
    }

    @Test
    void holdsBackWhatMayBeginAStopString() {
        TextStream stream = stream("END.");
        append(stream, "xEN", 2);
        assertThat(stream.drain()).containsExactly(new TextRun("x", 2));
        append(stream, "D!", 3);
        assertThat(stream.drain()).containsExactly(new TextRun("EN", 2), new TextRun("D!", 3));
        assertThat(stream.stopped()).isFalse();
    }

    @Test
    void endsAtAStopStringThatSpansTokens() {
        TextStream stream = stream("END");
        assertThat(append(stream, "xE", 0)).isFalse();
        assertThat(append(stream, "N", 1)).isFalse();
        assertThat(append(stream, "D", 2)).isTrue();
        assertThat(append(stream, "more", 3)).isTrue();
        stream.finish();
        assertThat(stream.drain()).containsExactly(new TextRun("x", 0));
        assertThat(stream.text()).isEqualTo("x");
        assertThat(stream.stopped()).isTrue();
    }

    @Test
    void releasesTheHeldTextWhenTheSequenceEnds() {
        TextStream stream = stream("END");
        append(stream, "xEN", 1);
        stream.finish();
        assertThat(stream.drain()).containsExactly(new TextRun("xEN", 1));
        assertThat(stream.stopped()).isFalse();
    }

    @Test
    void findsAStopStringInTheRestThatFinishGives() {
        TextStream stream = stream("\ufffd");
        append(stream, "x", 0);
        stream.append(id("ð"), 1);
        stream.finish();
        assertThat(stream.text()).isEqualTo("x");
        assertThat(stream.stopped()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "xabcy, abc|b, xa", // the one complete first
        "xabcy, bc|abc, x", // of those complete together the longest
        "xaaab, aab, xa",
        "ababac, abac, ab",
        "xyz, z|y|x, ''",
        "nothing, stop, nothing"
    })
    void cutsTheTextBeforeTheStopString(String text, String stops, String expected) {
        TextStream stream = stream(stops.split("\\|"));
        text.codePoints().forEach(point -> append(stream, Character.toString(point), 0));
        stream.finish();
        assertThat(stream.text()).isEqualTo(expected);
    }

    @Test
    void rejectsAnEmptyStopString() {
        assertThatThrownBy(() -> stream("a", ""))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a stop string is empty; expected at least one character");
    }

    @Test
    void givesTheSameTextHoweverItIsCutAndDrained() {
        for (int seed = 0; seed < ROUNDS; seed++) {
            Random random = new Random(seed);
            String text = random(random, 1 + random.nextInt(30));
            List<String> stops = new ArrayList<>();
            for (int i = random.nextInt(4); i > 0; i--) {
                stops.add(random(random, 1 + random.nextInt(5)));
            }
            TextStream stream = new TextStream(new Detokenizer(tokenizer), stops);
            List<TextRun> runs = new ArrayList<>();
            List<Integer> tokens = tokenizer.encode(text);
            for (int i = 0; i < tokens.size() && !stream.append(tokens.get(i), random.nextInt(3)); i++) {
                if (random.nextBoolean()) {
                    runs.addAll(stream.drain());
                }
            }
            stream.finish();
            runs.addAll(stream.drain());
            String expected = untilStop(text, stops);
            assertThat(stream.text()).as("seed %d", seed).isEqualTo(expected);
            assertThat(runs.stream().map(TextRun::text).collect(Collectors.joining()))
                    .as("seed %d", seed)
                    .isEqualTo(expected);
        }
    }

    private static String untilStop(String text, List<String> stops) {
        for (int end = 1; end <= text.length(); end++) {
            String begun = text.substring(0, end);
            int longest = stops.stream()
                    .filter(begun::endsWith)
                    .mapToInt(String::length)
                    .max()
                    .orElse(0);
            if (longest > 0) {
                return begun.substring(0, end - longest);
            }
        }
        return text;
    }

    private static String random(Random random, int length) {
        List<String> letters = List.of("a", "b", "👋", " ");
        return random.ints(length, 0, letters.size()).mapToObj(letters::get).collect(Collectors.joining());
    }

    private static TextStream stream(String... stops) {
        return new TextStream(new Detokenizer(tokenizer), List.of(stops));
    }

    private static boolean append(TextStream stream, String text, int depth) {
        boolean stopped = false;
        for (int token : tokenizer.encode(text)) {
            stopped = stream.append(token, depth);
        }
        return stopped;
    }

    private static int id(String token) {
        Integer id = tokenizer.id(token);
        assertThat(id).isNotNull();
        return id;
    }
}
