package dev.hydra.text;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.BitSet;
import java.util.Deque;

/*
 * The table is a trie in a double array, as the library Darts-clone lays it out: where a unit's children lie is its own place, xor
 * its offset, xor the byte that leads to the child; the child repeats that byte as its label. A unit with a leaf has it at its place
 * xor its offset, and the leaf says where the replacement begins in the text behind the trie. Whoever looks a text up follows the
 * offsets without asking whether they lead out of the array. So they are all followed here, once.
 */
/**
 * Which characters a SentencePiece model takes for which others ({@code precompiled_charsmap}), in the form in which it lies in the
 * model's file. Every text can be looked up in it safely.
 */
final class CharacterMap {
    private static final int BLOCK = 0x100;
    private static final int LEAF = 1 << 8;
    private static final int LABEL = 1 << 31 | 0xFF;

    private final byte[] bytes;

    /**
     * @param bytes the trie's size in bytes, the trie, and the replacements; of no bytes for no map
     * @throws TokenizerException if a text that is looked up would lead out of it
     */
    CharacterMap(byte[] bytes) {
        this.bytes = bytes.clone();
        if (!isEmpty()) {
            requireSound();
        }
    }

    boolean isEmpty() {
        return bytes.length == 0;
    }

    /** The bytes in Base64. */
    String base64() {
        return Base64.getEncoder().encodeToString(bytes);
    }

    private void requireSound() {
        ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int size = bytes.length < Integer.BYTES ? -1 : in.getInt();
        if (size <= 0 || size % (BLOCK * Integer.BYTES) != 0 || size > in.remaining()) {
            throw damaged("its trie has %d bytes".formatted(size));
        }
        int[] units = new int[size / Integer.BYTES];
        in.asIntBuffer().get(units);
        in.position(in.position() + size);
        requireUtf8(in.slice());
        requireLeadsNowhereElse(units, in.slice());
    }

    private static void requireUtf8(ByteBuffer replacements) {
        try {
            StandardCharsets.UTF_8.newDecoder().decode(replacements);
        } catch (CharacterCodingException e) {
            throw new TokenizerException(
                    "precompiled_charsmap is damaged: its replacements are no UTF-8; expected text", e);
        }
    }

    private static void requireLeadsNowhereElse(int[] units, ByteBuffer replacements) {
        BitSet seen = new BitSet(units.length);
        Deque<Integer> places = new ArrayDeque<>();
        visit(offset(units[0]), units, seen, places);
        while (!places.isEmpty()) {
            int base = places.pop();
            for (int octet = 1; octet < BLOCK; octet++) {
                int place = base ^ octet;
                int unit = units[place];
                if ((unit & LABEL) == octet) {
                    int children = place ^ offset(unit);
                    visit(children, units, seen, places);
                    if ((unit & LEAF) != 0) {
                        requireText(units[children] & Integer.MAX_VALUE, replacements);
                    }
                }
            }
        }
    }

    // the array consists of whole blocks, so where a place lies in it all that differ from it in one byte do
    private static void visit(int base, int[] units, BitSet seen, Deque<Integer> places) {
        if (base < 0 || base >= units.length) {
            throw damaged("its trie leads to unit %d of %d".formatted(base, units.length));
        }
        if (!seen.get(base)) {
            seen.set(base);
            places.push(base);
        }
    }

    private static void requireText(int at, ByteBuffer replacements) {
        if (at >= replacements.limit() || (replacements.get(at) & 0xC0) == 0x80) {
            throw damaged("its trie leads to byte %d of %d of the replacements".formatted(at, replacements.limit()));
        }
    }

    private static int offset(int unit) {
        return unit >>> 10 << ((unit & 1 << 9) >>> 6);
    }

    private static TokenizerException damaged(String found) {
        return new TokenizerException(
                "precompiled_charsmap is damaged: " + found + "; expected the table that SentencePiece writes");
    }
}
