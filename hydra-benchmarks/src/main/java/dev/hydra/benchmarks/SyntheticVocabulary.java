package dev.hydra.benchmarks;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/** Vocabularies of any size that look like those of byte-level models: bytes, words with a space in front and without, numbers, signs. */
final class SyntheticVocabulary {
    private static final String CONSONANTS = "bcdfghklmnprstvw";
    private static final String VOWELS = "aeiou";
    private static final List<String> SIGNS = List.of(
            "{\"", "\":", "\":\"", "\",\"", "\", \"", "\"}", "\"]", "},", "[]", "{}", "[{", " \"", "\":[", "\": \"",
            "],\"", "\\n", "...");

    private SyntheticVocabulary() {}

    /** Bytes of each of so many tokens, the last of which is none. */
    static List<byte[]> of(int size, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        Set<String> pieces = new LinkedHashSet<>(SIGNS);
        while (pieces.size() < size - 257) {
            int kind = random.nextInt(10);
            pieces.add(kind == 0 ? String.valueOf(random.nextInt(1000)) : (kind < 6 ? " " : "") + word(random));
        }
        List<byte[]> tokens = new ArrayList<>();
        for (int octet = 0; octet < 256; octet++) {
            tokens.add(new byte[] {(byte) octet});
        }
        pieces.forEach(piece -> tokens.add(piece.getBytes(StandardCharsets.UTF_8)));
        tokens.add(new byte[0]);
        return tokens;
    }

    private static String word(SplittableRandom random) {
        StringBuilder word = new StringBuilder();
        for (int syllables = 1 + random.nextInt(4); syllables > 0; syllables--) {
            word.append(CONSONANTS.charAt(random.nextInt(CONSONANTS.length())))
                    .append(VOWELS.charAt(random.nextInt(VOWELS.length())));
            if (random.nextInt(3) == 0) {
                word.append(CONSONANTS.charAt(random.nextInt(CONSONANTS.length())));
            }
        }
        if (random.nextInt(4) == 0) {
            word.setCharAt(0, Character.toUpperCase(word.charAt(0)));
        }
        return word.toString();
    }
}
