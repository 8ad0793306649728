package dev.hydra.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import dev.hydra.text.SentencePieceModel.Use;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class SentencePieceConversionTest {
    private static final long SEED = 20_261_125;
    private static final int MUTATIONS = 1_500;
    private static final int VOCABULARY = 32_000;
    private static final long MEBIBYTE = 1 << 20;
    /** Of all that is allocated while a model is opened, most of it given back at once. */
    private static final long BYTES = 128 * MEBIBYTE;

    @TempDir
    Path folder;

    private static SentencePieceFile letters() {
        SentencePieceFile file = SentencePieceFile.withBytes();
        "▁abcdefgh".chars().forEach(letter -> file.piece(Character.toString(letter), -100, Use.NORMAL));
        return file.piece("ab", -1, Use.NORMAL).piece("▁a", -2, Use.NORMAL).piece("abc", -3, Use.NORMAL);
    }

    @Test
    void joinsTheBestScoredPairFirst() throws IOException {
        letters().write(folder);
        assertThat(tokens("abcab")).containsExactly("▁", "abc", "ab");
        assertThat(tokens("ac")).containsExactly("▁a", "c");
        assertThat(tokens("z")).containsExactly("▁", "<0x7A>");
    }

    @Test
    void neverJoinsIntoWhatIsNoWord() throws IOException {
        letters()
                .piece("gh", 0, Use.CONTROL)
                .piece("<0x4", -1, Use.NORMAL)
                .piece("1>", -1, Use.NORMAL)
                .write(folder);
        try (Tokenizer tokenizer = Tokenizer.open(folder)) {
            assertThat(tokenizer.encode("<0x41>")).doesNotContain(tokenizer.id("<0x41>"));
            assertThat(tokenizer.decode(tokenizer.encode("gh"))).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {}                                             | 1 259 260
            {"add_bos_token": false}                       | 259 260
            {"add_eos_token": true}                        | 1 259 260 2
            {"bos_token": "</s>"}                          | 2 259 260
            {"bos_token": {"content": "</s>"}}             | 2 259 260
            {"bos_token": "", "add_bos_token": null}       | 1 259 260
            {"bos_token": "[NO SUCH]"}                     | 259 260
            {"add_prefix_space": false}                    | 1 260
            {"legacy": false}                              | 1 259 260
            {"legacy": false, "add_prefix_space": false}   | 1 260
            """)
    void followsTheSettings(String config, String expected) throws IOException {
        SentencePieceFile.withBytes()
                .piece("▁", -1, Use.NORMAL)
                .piece("a", -1, Use.NORMAL)
                .write(folder);
        Files.writeString(folder.resolve("tokenizer_config.json"), config);
        try (Tokenizer tokenizer = Tokenizer.open(folder)) {
            assertThat(tokenizer.encodePrompt("a"))
                    .isEqualTo(
                            Stream.of(expected.split(" ")).map(Integer::valueOf).toList());
        }
    }

    @Test
    void putsASpaceBehindSpecialTokensOnlyWhereThatIsTheCustom() throws IOException {
        letters().write(folder);
        assertThat(tokens("ab</s>ab")).containsExactly("▁", "ab", "</s>", "▁", "ab");
        Files.writeString(folder.resolve("tokenizer_config.json"), "{\"legacy\": false}");
        assertThat(tokens("ab</s>ab")).containsExactly("▁", "ab", "</s>", "ab");
    }

    @Test
    void keepsTheIdsOfAddedTokensWhereSomeAreLeftOut() throws IOException {
        letters().write(folder);
        Files.writeString(folder.resolve("added_tokens.json"), "{\"<far>\": 900, \"<near>\": 700}");
        Files.writeString(folder.resolve("tokenizer_config.json"), """
                {"added_tokens_decoder": {"700": {"content": "<near>", "special": true, "lstrip": true, "rstrip": true}}}""");
        try (Tokenizer tokenizer = Tokenizer.open(folder)) {
            assertThat(tokenizer.vocabulary()).isEqualTo(901);
            List<Integer> ids = tokenizer.encode("<far>a  <near>  b");
            assertThat(ids).startsWith(900).contains(700).hasSize(5);
            assertThat(tokenizer.decode(ids)).isEqualTo("<far> a b");
            assertThat(tokenizer.decodeVerbatim(ids)).isEqualTo("<far> a<near> b");
        }
    }

    @Test
    void prefersTheTokenizerThatNeedsNoConversion() throws IOException {
        Files.writeString(folder.resolve("tokenizer.model"), "no model");
        Files.copy(TokenizerFiles.folder("bpe-qwen2").resolve("tokenizer.json"), folder.resolve("tokenizer.json"));
        try (Tokenizer tokenizer = Tokenizer.open(folder)) {
            assertThat(tokenizer.id("<|im_end|>")).isNotNull();
        }
    }

    static Stream<Arguments> refusesWhatItCannotCut() {
        return Stream.of(
                Arguments.of(
                        "precompiled_charsmap is damaged: its trie has -1 bytes",
                        letters().mappingCharacters(new byte[3])),
                Arguments.of("piece 'x' is marked as unused", letters().piece("x", 0, Use.UNUSED)),
                Arguments.of(
                        "type of piece 'x' is 7; expected 1 to 6", letters().piece("x", 0, 7)),
                Arguments.of("the score of piece 'x' is NaN", letters().piece("x", Float.NaN, Use.NORMAL)),
                Arguments.of("a piece is empty", letters().piece("", 0, Use.NORMAL)),
                Arguments.of(
                        "a piece has 513 characters; expected at most 512",
                        letters().piece("x".repeat(513), 0, 1)),
                Arguments.of("pieces 260 and 271 are both 'a'", letters().piece("a", 0, Use.NORMAL)),
                Arguments.of(
                        "it has 2 pieces for what is unknown; expected one",
                        letters().piece("x", 0, Use.UNKNOWN)),
                Arguments.of("it has 0 pieces for what is unknown; expected one", new SentencePieceFile()));
    }

    @ParameterizedTest
    @MethodSource
    void refusesWhatItCannotCut(String message, SentencePieceFile file) throws IOException {
        assertRefused(file.write(folder), message);
    }

    @Test
    void refusesAModelThatCanBeJoinedInMillionsOfWays() throws IOException {
        SentencePieceFile file = letters();
        for (int length = 2; length <= 512; length++) {
            file.piece("x".repeat(length), -length, Use.NORMAL);
        }
        assertRefused(file.piece("x", 0, Use.NORMAL).write(folder), "its pieces can be joined in too many ways");
    }

    @Test
    void refusesTheModelFilesOfOtherTokenizers() throws IOException {
        Path file = Files.writeString(folder.resolve("tokenizer.model"), "IQ== 0\nIg== 1\nIw== 2\n");
        assertRefused(file, "is no SentencePiece model");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            added_tokens.json     | {"a": 5}        | token 'a' has id 260; the settings beside the model say 5
            added_tokens.json     | {"<new>": 260}  | id 260 is that of 'a' and of '<new>'; expected one token
            added_tokens.json     | {"<new>": -1}   | token '<new>' has id -1; expected 0 or more
            added_tokens.json     | {"<new>": "x"}  | added_tokens.json is damaged
            added_tokens.json     | {"<n>": 900, "<m>": 900} | id 900 is that of '<m>' and of '<n>'
            added_tokens.json     | []              | added_tokens.json is damaged
            tokenizer_config.json | {               | tokenizer_config.json is damaged
            tokenizer_config.json | {"added_tokens_decoder": {"x": {}}} | tokenizer_config.json is damaged
            tokenizer_config.json | {"added_tokens_decoder": {"900": {"content": ""}}} | token 900 is empty
            special_tokens_map.json | 7             | special_tokens_map.json is damaged
            """)
    void refusesSettingsThatContradictTheModel(String name, String json, String message) throws IOException {
        letters().write(folder);
        Files.writeString(folder.resolve(name), json);
        assertThatThrownBy(() -> Tokenizer.open(folder).close())
                .isInstanceOf(TokenizerException.class)
                .hasMessageContaining(folder.toString())
                .hasMessageContaining(message);
    }

    @Test
    void withstandsDamage() throws IOException {
        byte[] whole = letters().bytes();
        Random random = new Random(SEED);
        int refused = 0;
        for (int mutation = 0; mutation < MUTATIONS; mutation++) {
            byte[] damaged = Arrays.copyOf(whole, mutation % 3 == 0 ? random.nextInt(whole.length) : whole.length);
            for (int times = random.nextInt(4) + mutation % 3; times > 0 && damaged.length > 0; times--) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
            }
            Files.write(folder.resolve("tokenizer.model"), damaged);
            long before = allocated();
            try (Tokenizer tokenizer = Tokenizer.open(folder)) {
                tokenizer.decode(tokenizer.encode("abc z"));
            } catch (TokenizerException e) {
                assertThat(e).hasMessageContaining("tokenizer.model");
                refused++;
            }
            assertThat(allocated() - before)
                    .as("seed %d, mutation %d", SEED, mutation)
                    .isLessThan(8 * MEBIBYTE);
        }
        assertThat(refused).isBetween(MUTATIONS / 10, MUTATIONS);
    }

    @Test
    void convertsALargeVocabularyInLittleMemory() throws IOException {
        Random random = new Random(SEED);
        Set<String> words = new LinkedHashSet<>();
        "▁abcdefghijklmnopqrstuvwxyz".chars().forEach(letter -> words.add(Character.toString(letter)));
        List<String> shortest = List.copyOf(words);
        while (words.size() < VOCABULARY) {
            StringBuilder word = new StringBuilder();
            for (int length = random.nextInt(8) + 1; length > 0; length--) {
                words.add(word.append(shortest.get(random.nextInt(shortest.size())))
                        .toString());
            }
        }
        SentencePieceFile file = SentencePieceFile.withBytes();
        int score = 0;
        for (String word : words) {
            file.piece(word, score--, Use.NORMAL);
        }
        file.write(folder);
        long before = allocated();
        try (Tokenizer tokenizer = Tokenizer.open(folder)) {
            assertThat(allocated() - before).isLessThan(BYTES);
            assertThat(tokenizer.vocabulary()).isEqualTo(file.size());
            assertThat(tokenizer.decode(tokenizer.encode("the quick brown fox")))
                    .isEqualTo("the quick brown fox");
        }
    }

    private List<String> tokens(String text) {
        try (Tokenizer tokenizer = Tokenizer.open(folder)) {
            return tokenizer.encode(text).stream()
                    .map(tokenizer.tokens()::token)
                    .toList();
        }
    }

    private static void assertRefused(Path file, String message) {
        assertThatThrownBy(() -> Tokenizer.open(file.getParent()).close())
                .isInstanceOf(TokenizerException.class)
                .hasMessageStartingWith(file.toString())
                .hasMessageContaining(message);
    }

    private static long allocated() {
        return ((ThreadMXBean) ManagementFactory.getThreadMXBean())
                .getThreadAllocatedBytes(Thread.currentThread().getId());
    }
}
