package dev.hydra.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class DetokenizerTest {
    private static final List<String> TEXTS = List.of(
            "Hello world",
            "  two  spaces ",
            "Zoë's naïve café",
            "e\u0301 o\u0308\u0323 combined",
            "👋🏽 👩‍👩‍👧‍👦 🇩🇪 𝒳",
            "ありがとう, 你好, שלום, สวัสดี",
            "line\n\nline\r\n\ttab",
            "\u0000\u007f\ufeff\ufffd",
            " ");
    private static final int ROUNDS = 400;

    @ParameterizedTest
    @MethodSource("dev.hydra.text.TokenizerFiles#names")
    void piecesOfAnyTokensAddUpToTheWholeDecoding(String name) {
        try (Tokenizer tokenizer = Tokenizer.open(TokenizerFiles.folder(name))) {
            for (int seed = 0; seed < ROUNDS; seed++) {
                List<Integer> tokens = randomTokens(tokenizer, new Random(seed));
                assertThat(String.join("", pieces(tokenizer, tokens)))
                        .as("seed %d: %s", seed, tokens)
                        .isEqualTo(tokenizer.decode(tokens));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("dev.hydra.text.TokenizerFiles#names")
    void neverSplitsACharacter(String name) {
        try (Tokenizer tokenizer = Tokenizer.open(TokenizerFiles.folder(name))) {
            for (String text : TEXTS) {
                List<String> pieces = pieces(tokenizer, tokenizer.encode(text));
                assertThat(pieces).as(text).noneMatch(DetokenizerTest::beginsOrEndsInsideAPair);
                assertThat(String.join("", pieces)).isEqualTo(tokenizer.decode(tokenizer.encode(text)));
                if (!text.contains("\ufffd")) {
                    assertThat(pieces).as(text).noneMatch(piece -> piece.contains("\ufffd"));
                }
            }
        }
    }

    @Test
    void handsOutACharacterWithItsLastByte() {
        try (Tokenizer tokenizer = Tokenizer.open(TokenizerFiles.folder("bpe-llama3"))) {
            List<Integer> bytes =
                    List.of("ð", "Ł", "ĳ", "ĭ", "ð").stream().map(tokenizer::id).toList();
            assertThat(pieces(tokenizer, bytes)).containsExactly("", "", "", "👋", "", "\ufffd");
        }
    }

    @Test
    void holdsARunOfByteTokensUntilItEnds() {
        try (Tokenizer tokenizer = Tokenizer.open(TokenizerFiles.folder("spm-metaspace"))) {
            List<Integer> tokens = List.of("▁", "<0xC3>", "<0xA9>", "<0x0A>", "e", "<0xC3>", "e").stream()
                    .map(tokenizer::id)
                    .toList();
            assertThat(pieces(tokenizer, tokens)).containsExactly("", "", "", "", "é\ne", "", "\ufffde", "");
        }
    }

    @Test
    void dropsOnlyTheFirstSpaceOfAWordPieceTokenizer() {
        try (Tokenizer tokenizer = Tokenizer.open(TokenizerFiles.folder("spm-normalizer"))) {
            List<Integer> tokens = List.of("<s>", "▁", "▁", "e", "▁", "e").stream()
                    .map(tokenizer::id)
                    .toList();
            assertThat(pieces(tokenizer, tokens)).containsExactly("", "", " ", "e", " ", "e", "");
        }
    }

    @ParameterizedTest
    @MethodSource("dev.hydra.text.TokenizerFiles#names")
    void skipsSpecialAndUnknownTokens(String name) {
        try (Tokenizer tokenizer = Tokenizer.open(TokenizerFiles.folder(name))) {
            List<Integer> tokens = new ArrayList<>();
            int special = tokenizer.encode("[INST]<|im_end|>").stream()
                    .mapToInt(Integer::intValue)
                    .max()
                    .orElseThrow();
            tokenizer.encode("a 👋 b").forEach(token -> tokens.addAll(List.of(special, token, -1, 1 << 20)));
            assertThat(String.join("", pieces(tokenizer, tokens)))
                    .isEqualTo(tokenizer.decode(tokens))
                    .contains("👋");
        }
    }

    @ParameterizedTest
    @MethodSource("dev.hydra.text.TokenizerFiles#names")
    void showsTheSpecialTokensThatAreAskedFor(String name) {
        try (Tokenizer tokenizer = Tokenizer.open(TokenizerFiles.folder(name))) {
            List<Integer> special = IntStream.range(0, tokenizer.vocabulary())
                    .filter(token -> tokenizer.decode(List.of(token)).isEmpty()
                            && tokenizer.decodeVerbatim(List.of(token)).matches("[<\\[].+[>\\]]"))
                    .boxed()
                    .toList();
            assertThat(special).as("special tokens of " + name).hasSizeGreaterThan(1);
            int shown = special.get(1);
            List<Integer> before = tokenizer.encode("it is 👋");
            List<Integer> after = tokenizer.encode(" so");
            List<Integer> tokens = new ArrayList<>(before);
            // the character is not finished when the token comes
            tokens.remove(tokens.size() - 1);
            tokens.addAll(List.of(special.get(0), shown));
            tokens.addAll(after);

            Detokenizer detokenizer = new Detokenizer(tokenizer, Set.of(shown, -1, 1 << 20));
            StringBuilder text = new StringBuilder();
            tokens.forEach(token -> text.append(detokenizer.append(token)));
            text.append(detokenizer.finish());

            assertThat(text.toString())
                    .startsWith("it is ")
                    .containsOnlyOnce(tokenizer.decodeVerbatim(List.of(shown)))
                    .doesNotContain(tokenizer.decodeVerbatim(List.of(special.get(0))))
                    .endsWith("so");
        }
    }

    private static boolean beginsOrEndsInsideAPair(String piece) {
        return !piece.isEmpty()
                && (Character.isLowSurrogate(piece.charAt(0))
                        || Character.isHighSurrogate(piece.charAt(piece.length() - 1)));
    }

    private static List<String> pieces(Tokenizer tokenizer, List<Integer> tokens) {
        Detokenizer detokenizer = new Detokenizer(tokenizer);
        List<String> pieces = new ArrayList<>();
        tokens.forEach(token -> pieces.add(detokenizer.append(token)));
        pieces.add(detokenizer.finish());
        return pieces;
    }

    /** A mix of text, of single bytes in any order (mostly no UTF-8) and of any tokens at all. */
    private static List<Integer> randomTokens(Tokenizer tokenizer, Random random) {
        List<Integer> tokens = new ArrayList<>();
        int parts = 1 + random.nextInt(6);
        for (int part = 0; part < parts; part++) {
            switch (random.nextInt(4)) {
                case 0 -> {
                    List<Integer> text = tokenizer.encode(TEXTS.get(random.nextInt(TEXTS.size())));
                    tokens.addAll(text.subList(random.nextInt(text.size() + 1), text.size()));
                }
                case 1 -> {
                    String text = TEXTS.get(random.nextInt(TEXTS.size()));
                    List<Integer> whole = tokenizer.encode(text);
                    tokens.addAll(whole.subList(0, random.nextInt(whole.size() + 1)));
                }
                case 2 ->
                    IntStream.range(0, random.nextInt(12))
                            .forEach(i -> tokens.add(byteToken(tokenizer, random.nextInt(256))));
                default ->
                    IntStream.range(0, random.nextInt(12))
                            .forEach(i -> tokens.add(random.nextInt(tokenizer.vocabulary() + 2)));
            }
        }
        return tokens;
    }

    private static int byteToken(Tokenizer tokenizer, int octet) {
        Integer fallback = tokenizer.id("<0x%02X>".formatted(octet));
        if (fallback != null) {
            return fallback;
        }
        return IntStream.range(0, 0x144)
                .filter(spelled -> tokenizer.id(Character.toString(spelled)) != null)
                .filter(spelled -> Byte.toUnsignedInt(ByteLevel.bytes(Character.toString(spelled))[0]) == octet)
                .map(spelled -> tokenizer.id(Character.toString(spelled)))
                .findFirst()
                .orElse(0);
    }
}
