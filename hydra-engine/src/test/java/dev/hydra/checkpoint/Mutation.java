package dev.hydra.checkpoint;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Damages files, by chance and on purpose: cuts them, flips bits, writes extreme numbers over others, leaves parts out,
 * repeats them, and puts in words that mean something in the format.
 *
 * <p>Not for use by several threads.
 */
final class Mutation {
    /** Pieces of JSON that readers stumble over. */
    static final List<byte[]> JSON = words(
            "1e999999999",
            "-1e999999999",
            "1e-999999999",
            "9223372036854775807",
            "-9223372036854775808",
            "18446744073709551616",
            "2147483647",
            "0.5",
            "-1",
            "0",
            "NaN",
            "null",
            "true",
            "\"\"",
            "\"\\ud800\"",
            "[]",
            "{}",
            "[",
            "]",
            "{",
            "}",
            ",",
            ":",
            "[".repeat(20_000),
            "{\"a\":".repeat(20_000),
            "[[],{}],".repeat(2_000),
            "\"weight_map\":{},",
            "\"../../etc/passwd\"",
            "\"F32\"",
            "\"I64\"");

    /** Pieces of pickles and zip files that readers stumble over. */
    static final List<byte[]> TORCH = words(
            "cos\nsystem\n",
            "c__builtin__\neval\n",
            "ccollections\nOrderedDict\n",
            "ctorch._utils\n_rebuild_tensor_v2\n",
            "ctorch._utils\n_rebuild_parameter\n",
            "ctorch\nFloatStorage\n",
            "(ios\nsystem\n",
            ")R",
            "}",
            "]",
            "(",
            "t",
            "u",
            "s",
            "b",
            "Q",
            "R",
            ".",
            "N",
            "0",
            "2",
            "a",
            "e",
            "l",
            "d",
            "o",
            "\u0081",
            "\u0092",
            "\u0093",
            "\u0094",
            "\u0085",
            "\u0086",
            "\u0087",
            "h\0",
            "j\u00ff\u00ff\u00ff\u007f",
            "q\0",
            "r\u00ff\u00ff\u00ff\u00ff",
            "X\u00ff\u00ff\u00ff\u007f",
            "X\u00ff\u00ff\u00ff\u00ff",
            "B\u00ff\u00ff\u00ff\u007f",
            "T\u00ff\u00ff\u00ff\u007f",
            "\u008b\u00ff\u00ff\u00ff\u007f",
            "\u008a\u00ff",
            "\u008d\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u007f",
            "\u008e\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u007f",
            "\u0095\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u007f",
            "\u0096\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u007f",
            "\u0097",
            "L" + "9".repeat(20_000) + "L\n",
            "I" + "9".repeat(20_000) + "\n",
            "F1e999999999\n",
            "V\\U00110000\n",
            "S'\\x'\n",
            "}q\0h\0h\0s",
            "(q\0t",
            ")q\0".repeat(2_000),
            "}".repeat(20_000),
            "(".repeat(20_000) + "t".repeat(20_000),
            "N" + "\u0085".repeat(20_000),
            "PK\u0001\u0002",
            "PK\u0003\u0004",
            "PK\u0005\u0006",
            "PK\u0006\u0006",
            "PK\u0006\u0007",
            "archive/data/0",
            "big");

    /** So many words at the beginning of each list are chosen as often as all others together. */
    private static final int NASTIEST = 9;

    private static final int LONGEST_PART = 64;
    private static final int[] EXTREMES = {0x00, 0x01, 0x7f, 0x80, 0xfe, 0xff};

    private final Random random;
    private final List<byte[]> words;

    Mutation(long seed, List<byte[]> words) {
        this.random = new Random(seed);
        this.words = words;
    }

    /** A damaged copy. */
    byte[] of(byte[] file) {
        byte[] mutated = file.clone();
        for (int changes = 1 + random.nextInt(2) * random.nextInt(4); changes > 0; changes--) {
            mutated = change(mutated);
        }
        return mutated;
    }

    private byte[] change(byte[] file) {
        int at = place(file.length);
        int part = Math.min(1 + random.nextInt(LONGEST_PART), file.length - at);
        byte[] word = words.get(random.nextInt(random.nextBoolean() ? NASTIEST : words.size()));
        return switch (random.nextInt(12)) {
            case 0 -> Arrays.copyOf(file, at);
            case 1 -> spliced(file, at, part, new byte[0]);
            case 2 -> spliced(file, place(file.length), 0, Arrays.copyOfRange(file, at, at + part));
            case 3 -> spliced(file, at, 0, word);
            case 4 -> spliced(file, at, Math.min(word.length, file.length - at), word);
            case 5, 6, 7, 8 -> replaced(file, at, word);
            case 9 -> overwritten(file, at, Math.min(1 << random.nextInt(4), file.length - at));
            default -> flipped(file, at);
        };
    }

    // what describes the tensors lies at either end of a file; their bytes, in the middle, may be any
    private int place(int length) {
        int end = Math.min(length, 1024);
        return switch (random.nextInt(5)) {
            case 0, 1 -> random.nextInt(end + 1);
            case 2, 3 -> length - random.nextInt(end + 1);
            default -> random.nextInt(length + 1);
        };
    }

    // the next value of JSON for another
    private static byte[] replaced(byte[] file, int at, byte[] word) {
        int begin = at;
        while (begin < file.length && ":[,".indexOf(file[begin]) < 0) {
            begin++;
        }
        while (begin < file.length && ":[, ".indexOf(file[begin]) >= 0) {
            begin++;
        }
        int end = begin;
        while (end < file.length && "[]{},: \n".indexOf(file[end]) < 0) {
            end++;
        }
        return spliced(file, begin, end - begin, word);
    }

    private byte[] flipped(byte[] file, int at) {
        if (at < file.length) {
            file[at] ^= (byte) (1 << random.nextInt(8));
        }
        return file;
    }

    private byte[] overwritten(byte[] file, int at, int length) {
        Arrays.fill(file, at, at + length, (byte) EXTREMES[random.nextInt(EXTREMES.length)]);
        return file;
    }

    private static byte[] spliced(byte[] file, int at, int without, byte[] with) {
        ByteArrayOutputStream spliced = new ByteArrayOutputStream();
        spliced.write(file, 0, at);
        spliced.writeBytes(with);
        spliced.write(file, at + without, file.length - at - without);
        return spliced.toByteArray();
    }

    private static List<byte[]> words(String... words) {
        return Arrays.stream(words)
                .map(word -> word.getBytes(StandardCharsets.ISO_8859_1))
                .toList();
    }
}
