package dev.hydra.grammar;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;

/** Random vocabularies that can spell any text: single bytes, pieces of JSON and of words, and tokens that are no text. */
public final class RandomVocabulary {

    private static final List<String> PIECES = List.of(
            "{\"",
            "\":",
            "\":\"",
            "\",\"",
            "\", \"",
            "\"}",
            "\"}]",
            "},{",
            "[]",
            "{}",
            "[{",
            "\"]",
            "true",
            "false",
            "null",
            "12",
            "345",
            "0.5",
            "-1",
            ": ",
            ", ",
            " the",
            "name",
            "na",
            "me\"",
            "größe",
            "ö",
            "日",
            "\u00e9\"",
            "\\n",
            "\\\"",
            "\\u00",
            "2024-",
            "T1",
            "  ",
            "\n",
            "\n  ",
            "\":1,\"",
            "\"a\":",
            "a\":",
            "ab",
            "b\":",
            ".com",
            "@",
            "://",
            "\"\"",
            "\"x\"",
            "]]",
            "}}",
            "aaaaaaaaaaaaaaaa");

    private RandomVocabulary() {}

    /** Bytes of each token; none for those that are no text, the last two of them. */
    public static List<byte[]> next(Random random) {
        List<byte[]> tokens = new ArrayList<>();
        for (int octet = 0; octet < 256; octet++) {
            tokens.add(new byte[] {(byte) octet});
        }
        for (String piece : PIECES) {
            if (random.nextInt(3) > 0) {
                tokens.add(piece.getBytes(StandardCharsets.UTF_8));
            }
        }
        for (int more = random.nextInt(40); more > 0; more--) {
            String joined = random.ints(2 + random.nextInt(2), 0, PIECES.size())
                    .mapToObj(PIECES::get)
                    .collect(Collectors.joining());
            tokens.add(joined.getBytes(StandardCharsets.UTF_8));
        }
        // tokens of the same bytes, and ends of characters
        tokens.add("name".getBytes(StandardCharsets.UTF_8));
        tokens.add(new byte[] {(byte) 0xE6, (byte) 0x97});
        tokens.add(new byte[] {(byte) 0xA5, '"'});
        Collections.shuffle(tokens, random);
        tokens.add(new byte[0]);
        tokens.add(new byte[0]);
        return tokens;
    }
}
