package dev.hydra.text;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.sentencepiece.SpTokenizer;
import dev.hydra.text.SentencePieceModel.Use;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** SentencePiece's own library cuts every text into the same ids, and makes the same text of them. */
class SentencePieceLibraryTest {
    private static final int UNKNOWN = 0;
    private static final int TEXTS = 1_500;
    /** Where a word ends, and what a model of a few hundred pieces has no piece for. */
    private static final List<String> PARTS = List.of(
            " ",
            "  ",
            "     ",
            "\n",
            "\n\n",
            "\t",
            "\r\n",
            "é",
            "e\u0301",
            "ß",
            "你好",
            "ありがとう",
            "안녕",
            "שלום",
            "हिन्दी",
            "👋🏽",
            "👩‍👩‍👧‍👦",
            "🇨🇭",
            "𝒳",
            "½",
            "ﬁ",
            "\u00a0",
            "\u3000",
            "\u200b",
            "\ufeff",
            "\ufffd",
            "0",
            "1999",
            "3.14",
            ".",
            ",",
            "!?",
            "<",
            ">",
            "/",
            "▁",
            "▁▁",
            "[INST]",
            "def f(x):",
            "don't",
            "“quoted”",
            "—",
            "\u0001",
            "\u007f");

    @TempDir
    Path folder;

    static Stream<Named<SentencePieceFile>> models() throws IOException {
        SentencePieceFile words = words();
        return Stream.of(
                Named.of("as Llama", words),
                Named.of("without a prefix", words().withoutDummyPrefix()),
                Named.of("removing spaces", words().removingExtraWhitespaces()),
                Named.of(
                        "removing spaces, without a prefix",
                        words().removingExtraWhitespaces().withoutDummyPrefix()),
                Named.of(
                        "mapping characters",
                        words().removingExtraWhitespaces()
                                .mappingCharacters(CharacterMapWriter.bytes(Map.of(
                                        "ﬁ", "fi", "½", "1/2", "\u3000", " ", "\n", " ", "\t", " ", "\u0001", "")))),
                Named.of("without bytes", words().withoutBytes()),
                Named.of("unigram", words().unigram()),
                Named.of("unigram without bytes", words().unigram().withoutBytes()));
    }

    private static SentencePieceFile words() throws IOException {
        return SentencePieceFile.of(TokenizerFiles.folder("spm-metaspace").resolve("tokenizer.json"));
    }

    @ParameterizedTest
    @MethodSource("models")
    void cutsAsTheLibraryDoes(SentencePieceFile file) throws IOException {
        file.write(folder);
        try (Tokenizer tokenizer = Tokenizer.open(folder);
                SpTokenizer library = new SpTokenizer(file.bytes())) {
            List<String> pieces = IntStream.range(0, tokenizer.vocabulary())
                    .filter(id ->
                            tokenizer.tokens().isText(id) && !tokenizer.tokens().isFallbackByte(id))
                    .mapToObj(tokenizer.tokens()::token)
                    .toList();
            for (int seed = 0; seed < TEXTS; seed++) {
                String text = text(new Random(seed), pieces);
                int[] theirs = library.getProcessor().encode(text);
                List<Integer> ids = Arrays.stream(theirs).boxed().toList();
                assertThat(tokenizer.encode(text))
                        .as("seed %d: '%s'", seed, text)
                        .isEqualTo(ids);
                if (hasText(ids, text, UNKNOWN)) {
                    assertThat(tokenizer.decode(ids))
                            .as("seed %d: %s", seed, ids)
                            .isEqualTo(library.getProcessor().decode(theirs));
                }
            }
        }
    }

    /** As transformers does: what the user defined is found first, and every stretch between is a text of its own. */
    @Test
    void cutsWhatIsBetweenTheUsersPieces() throws IOException {
        SentencePieceFile file = words().piece("[INST]", 0, Use.USER_DEFINED);
        file.write(folder);
        try (Tokenizer tokenizer = Tokenizer.open(folder);
                SpTokenizer library = new SpTokenizer(file.bytes())) {
            int user = library.getProcessor().getId("[INST]");
            for (int seed = 0; seed < TEXTS / 10; seed++) {
                List<Integer> expected = new ArrayList<>();
                List<String> stretches =
                        List.of(text(new Random(seed), List.of("[INST]")).split("\\[INST]", -1));
                for (String stretch : stretches) {
                    Arrays.stream(library.getProcessor().encode(stretch)).forEach(expected::add);
                    expected.add(user);
                }
                expected.remove(expected.size() - 1);
                String text = String.join("[INST]", stretches);
                assertThat(tokenizer.encode(text))
                        .as("seed %d: '%s'", seed, text)
                        .isEqualTo(expected);
                assertThat(tokenizer.decode(List.of(user))).isEqualTo("[INST]");
            }
        }
    }

    // the library writes ⁇ for what is unknown, and DJL's binding of it loses characters that are no char
    private static boolean hasText(List<Integer> ids, String text, int unknown) {
        return !ids.contains(unknown) && text.chars().noneMatch(unit -> Character.isSurrogate((char) unit));
    }

    private static String text(Random random, List<String> pieces) {
        return random.ints(random.nextInt(12))
                .mapToObj(any -> switch (random.nextInt(3)) {
                    case 0 -> PARTS.get(random.nextInt(PARTS.size()));
                    case 1 -> pieces.get(random.nextInt(pieces.size())).replace('▁', ' ');
                    default -> Character.toString(' ' + random.nextInt(95));
                })
                .collect(Collectors.joining());
    }
}
