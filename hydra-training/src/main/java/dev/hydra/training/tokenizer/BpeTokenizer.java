package dev.hydra.training.tokenizer;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A byte-level BPE vocabulary: the special tokens, the 256 bytes, and one token for each merge, in this order. Encodes
 * and decodes any text. Immutable; safe for use by several threads.
 */
public final class BpeTokenizer {
    static final int FIRST_BYTE = SpecialToken.values().length;
    static final int FIRST_MERGE = FIRST_BYTE + ByteAlphabet.SIZE;

    private static final Pattern SPECIAL = Pattern.compile(Arrays.stream(SpecialToken.values())
            .map(token -> Pattern.quote(token.text()))
            .collect(Collectors.joining("|")));
    private static final int CACHED_PIECES = 1 << 16;

    private final List<Merge> merges;
    private final List<String> tokens;
    private final Map<Merge, Integer> ranks;
    private final Map<String, int[]> cache = new ConcurrentHashMap<>();

    /**
     * Two tokens that become one.
     *
     * @param left  id of the first
     * @param right id of the second
     */
    public record Merge(int left, int right) {}

    /**
     * Builds the vocabulary that merges stand for.
     *
     * @param merges in order of their rank; the one of rank r makes the token with id 262 + r
     * @throws IllegalArgumentException if a merge joins tokens that do not exist before it
     */
    public BpeTokenizer(List<Merge> merges) {
        this.merges = List.copyOf(merges);
        tokens = new ArrayList<>();
        for (SpecialToken token : SpecialToken.values()) {
            tokens.add(token.text());
        }
        for (int value = 0; value < ByteAlphabet.SIZE; value++) {
            tokens.add(ByteAlphabet.letter(value));
        }
        ranks = new HashMap<>();
        for (Merge merge : this.merges) {
            if (!joinable(merge.left()) || !joinable(merge.right())) {
                throw new IllegalArgumentException("merge %d joins tokens %d and %d; expected %d..%d"
                        .formatted(ranks.size(), merge.left(), merge.right(), FIRST_BYTE, tokens.size() - 1));
            }
            ranks.put(merge, ranks.size());
            tokens.add(tokens.get(merge.left()) + tokens.get(merge.right()));
        }
    }

    private boolean joinable(int token) {
        return token >= FIRST_BYTE && token < tokens.size();
    }

    /** Number of tokens. */
    public int vocabulary() {
        return tokens.size();
    }

    /** The merges in order of their rank. */
    public List<Merge> merges() {
        return merges;
    }

    /** How a token is written in {@code tokenizer.json}: in letters of the byte alphabet, or as a special token. */
    String written(int token) {
        return tokens.get(token);
    }

    /** The tokens of a text. Special tokens in the text are recognised; none are added. */
    public int[] encode(String text) {
        List<int[]> parts = new ArrayList<>();
        Matcher special = SPECIAL.matcher(text);
        int from = 0;
        while (special.find()) {
            encode(text.substring(from, special.start()), parts);
            parts.add(new int[] {tokens.indexOf(special.group())});
            from = special.end();
        }
        encode(text.substring(from), parts);
        return parts.stream().flatMapToInt(Arrays::stream).toArray();
    }

    private void encode(String text, List<int[]> parts) {
        for (String piece : PreTokens.of(text)) {
            int[] known = cache.get(piece);
            if (known == null) {
                known = merged(piece);
                if (cache.size() < CACHED_PIECES) {
                    cache.put(piece, known);
                }
            }
            parts.add(known);
        }
    }

    private int[] merged(String piece) {
        int[] symbols = Arrays.stream(ByteAlphabet.values(piece))
                .map(value -> FIRST_BYTE + value)
                .toArray();
        int count = symbols.length;
        while (count > 1) {
            int best = Integer.MAX_VALUE;
            for (int index = 0; index + 1 < count; index++) {
                best = Math.min(
                        best, ranks.getOrDefault(new Merge(symbols[index], symbols[index + 1]), Integer.MAX_VALUE));
            }
            if (best == Integer.MAX_VALUE) {
                break;
            }
            count = replace(symbols, count, merges.get(best), FIRST_MERGE + best);
        }
        return Arrays.copyOf(symbols, count);
    }

    /** Replaces every occurrence of a pair, from left to right, in place; returns the new length. */
    static int replace(int[] symbols, int count, Merge pair, int token) {
        int to = 0;
        for (int index = 0; index < count; index++) {
            boolean found = index + 1 < count && symbols[index] == pair.left() && symbols[index + 1] == pair.right();
            symbols[to++] = found ? token : symbols[index];
            index += found ? 1 : 0;
        }
        return to;
    }

    /**
     * The text of tokens; special tokens are left out.
     *
     * @throws IndexOutOfBoundsException if an id is not in the vocabulary
     */
    public String decode(int... ids) {
        var bytes = new ByteArrayOutputStream();
        for (int id : ids) {
            if (id >= FIRST_BYTE) {
                bytes.writeBytes(ByteAlphabet.bytes(tokens.get(id)));
            }
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
