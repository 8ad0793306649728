package dev.hydra.training.tokenizer;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/** GPT-2's alphabet: one printable character for each of the 256 bytes, so that tokens can be written as JSON strings. */
final class ByteAlphabet {
    static final int SIZE = 256;

    private static final char[] LETTERS = letters();
    private static final Map<Character, Integer> BYTES = bytes();

    private ByteAlphabet() {}

    /** The letter of a byte, 0 to 255. */
    static String letter(int value) {
        return String.valueOf(LETTERS[value]);
    }

    /** The bytes behind the letters of a token. */
    static byte[] bytes(String letters) {
        var bytes = new ByteArrayOutputStream(letters.length());
        for (int index = 0; index < letters.length(); index++) {
            Integer value = BYTES.get(letters.charAt(index));
            if (value == null) {
                throw new IllegalArgumentException("'%s' has the letter '%s'; expected letters of the byte alphabet"
                        .formatted(letters, letters.charAt(index)));
            }
            bytes.write(value);
        }
        return bytes.toByteArray();
    }

    /** The bytes of a text in UTF-8, each from 0 to 255. */
    static int[] values(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        int[] values = new int[bytes.length];
        for (int index = 0; index < bytes.length; index++) {
            values[index] = Byte.toUnsignedInt(bytes[index]);
        }
        return values;
    }

    private static char[] letters() {
        char[] letters = new char[SIZE];
        char next = SIZE;
        for (int value = 0; value < SIZE; value++) {
            letters[value] = printable(value) ? (char) value : next++;
        }
        return letters;
    }

    private static boolean printable(int value) {
        return value >= '!' && value <= '~' || value >= 0xA1 && value <= 0xAC || value >= 0xAE;
    }

    private static Map<Character, Integer> bytes() {
        Map<Character, Integer> bytes = new HashMap<>();
        for (int value = 0; value < SIZE; value++) {
            bytes.put(LETTERS[value], value);
        }
        return bytes;
    }
}
