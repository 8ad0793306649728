package dev.hydra.grammar;

/** A set of bytes, as four words of 64 bits. */
record ByteSet(long a, long b, long c, long d) {

    static final ByteSet NONE = new ByteSet(0, 0, 0, 0);

    /** The bytes from one to another, both included. */
    static ByteSet range(int first, int last) {
        ByteSet set = NONE;
        for (int octet = first; octet <= last; octet++) {
            set = set.with(octet);
        }
        return set;
    }

    /** The bytes of some characters of ASCII. */
    static ByteSet of(String characters) {
        ByteSet set = NONE;
        for (int at = 0; at < characters.length(); at++) {
            set = set.with(characters.charAt(at));
        }
        return set;
    }

    ByteSet with(int octet) {
        long bit = 1L << octet;
        return switch (octet >> 6) {
            case 0 -> new ByteSet(a | bit, b, c, d);
            case 1 -> new ByteSet(a, b | bit, c, d);
            case 2 -> new ByteSet(a, b, c | bit, d);
            default -> new ByteSet(a, b, c, d | bit);
        };
    }

    boolean contains(int octet) {
        long word = switch (octet >> 6) {
            case 0 -> a;
            case 1 -> b;
            case 2 -> c;
            default -> d;
        };
        return (word >>> octet & 1) != 0;
    }

    boolean isEmpty() {
        return (a | b | c | d) == 0;
    }
}
