package dev.hydra.text;

/*
 * The decoder of the WHATWG Encoding Standard: a byte that cannot continue the character begun ends it with one U+FFFD
 * and is looked at again as a first byte. The JDK's decoder differs for encoded surrogates (one U+FFFD for all three
 * bytes, where tokenizers give three), so it cannot be used here.
 */
/** Bytes to characters, one byte at a time; a character comes out with its last byte. Not for several threads. */
final class Utf8 {
    private static final char REPLACEMENT = '\uFFFD';

    private int point;
    private int missing;
    private int lowest = 0x80;
    private int highest = 0xBF;

    /** Takes one byte (0 to 255) and adds what has become certain to {@code out}. */
    void append(int octet, StringBuilder out) {
        if (missing > 0) {
            if (octet >= lowest && octet <= highest) {
                point = point << 6 | octet & 0x3F;
                missing--;
                anyContinuation();
                if (missing == 0) {
                    out.appendCodePoint(point);
                }
                return;
            }
            finish(out);
        }
        begin(octet, out);
    }

    /** Ends the bytes; an unfinished character becomes U+FFFD. */
    void finish(StringBuilder out) {
        if (missing > 0) {
            out.append(REPLACEMENT);
            missing = 0;
            anyContinuation();
        }
    }

    private void begin(int octet, StringBuilder out) {
        if (octet < 0x80) {
            out.append((char) octet);
        } else if (octet >= 0xC2 && octet <= 0xDF) {
            missing = 1;
            point = octet & 0x1F;
        } else if (octet >= 0xE0 && octet <= 0xEF) {
            missing = 2;
            point = octet & 0x0F;
            lowest = octet == 0xE0 ? 0xA0 : 0x80; // no overlong forms
            highest = octet == 0xED ? 0x9F : 0xBF; // no surrogates
        } else if (octet >= 0xF0 && octet <= 0xF4) {
            missing = 3;
            point = octet & 0x07;
            lowest = octet == 0xF0 ? 0x90 : 0x80;
            highest = octet == 0xF4 ? 0x8F : 0xBF; // nothing beyond U+10FFFF
        } else {
            out.append(REPLACEMENT);
        }
    }

    private void anyContinuation() {
        lowest = 0x80;
        highest = 0xBF;
    }
}
