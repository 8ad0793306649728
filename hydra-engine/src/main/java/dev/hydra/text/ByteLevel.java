package dev.hydra.text;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** GPT-2's spelling of bytes as printable characters: {@code Ġ} is a space, {@code Ċ} a newline. */
final class ByteLevel {
    private static final int[] BYTES = bytes();

    private ByteLevel() {}

    /** The bytes that a token's string stands for; a string with any other character stands for its own UTF-8. */
    static byte[] bytes(String token) {
        byte[] bytes = new byte[token.length()];
        for (int i = 0; i < bytes.length; i++) {
            char spelled = token.charAt(i);
            if (spelled >= BYTES.length || BYTES[spelled] < 0) {
                return token.getBytes(StandardCharsets.UTF_8);
            }
            bytes[i] = (byte) BYTES[spelled];
        }
        return bytes;
    }

    private static int[] bytes() {
        int[] bytes = new int[0x144];
        Arrays.fill(bytes, -1);
        int moved = 0x100;
        for (int octet = 0; octet < 0x100; octet++) {
            boolean printable = octet > ' ' && octet < 0x7F || octet > 0xA0 && octet != 0xAD;
            bytes[printable ? octet : moved++] = octet;
        }
        return bytes;
    }
}
