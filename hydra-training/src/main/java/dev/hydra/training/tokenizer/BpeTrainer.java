package dev.hydra.training.tokenizer;

import dev.hydra.training.tokenizer.BpeTokenizer.Merge;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/*
 * Byte-pair encoding (Gage 1994; Sennrich et al., arXiv 1508.07909): the most frequent pair of neighbours becomes a new
 * token, again and again. Text is cut into pieces first and every distinct piece is kept once with its count, so the work
 * depends on the number of distinct words, not on the length of the text. A merge touches only the pieces that hold the
 * pair; the heap keeps stale counts, and an entry whose count has changed is put back with the new one when it comes up.
 * Counts of existing pairs only fall, except for pairs with the newest token, which are pushed anew.
 */
/** Learns the merges of a byte-level BPE vocabulary from text. The same text always gives the same vocabulary. */
public final class BpeTrainer {
    private static final int LEAST_COUNT = 2;

    private final int vocabulary;

    /**
     * A trainer for vocabularies of a size.
     *
     * @param vocabulary tokens wanted, special tokens and bytes included; at least 262
     */
    public BpeTrainer(int vocabulary) {
        if (vocabulary < BpeTokenizer.FIRST_MERGE) {
            throw new IllegalArgumentException("vocabulary is %d; expected at least %d: special tokens and bytes"
                    .formatted(vocabulary, BpeTokenizer.FIRST_MERGE));
        }
        this.vocabulary = vocabulary;
    }

    /**
     * Learns from texts, which should hold no special tokens.
     *
     * @return a vocabulary of the wanted size, or a smaller one if no pair occurs twice any more
     */
    public BpeTokenizer train(Stream<String> texts) {
        Map<String, Long> counts = new TreeMap<>();
        texts.sequential()
                .flatMap(text -> PreTokens.of(text).stream())
                .forEach(piece -> counts.merge(piece, 1L, Long::sum));
        return new BpeTokenizer(new Run(counts).merges(vocabulary - BpeTokenizer.FIRST_MERGE));
    }

    /** A distinct piece of text as tokens, and how often it occurs. */
    private static final class Piece {
        private int[] symbols;
        private final long count;

        Piece(String text, long count) {
            this.symbols = Arrays.stream(ByteAlphabet.values(text))
                    .map(value -> BpeTokenizer.FIRST_BYTE + value)
                    .toArray();
            this.count = count;
        }
    }

    private record Candidate(Merge pair, long count) {
        // the most frequent first; ties go to the pair with the lower ids
        static final Comparator<Candidate> ORDER = Comparator.comparingLong(Candidate::count)
                .reversed()
                .thenComparingInt(candidate -> candidate.pair().left())
                .thenComparingInt(candidate -> candidate.pair().right());
    }

    private static final class Run {
        private final List<Piece> pieces = new ArrayList<>();
        private final Map<Merge, Long> counts = new HashMap<>();
        private final Map<Merge, Set<Integer>> holders = new HashMap<>();
        private final Set<Merge> touched = new HashSet<>();
        private final PriorityQueue<Candidate> queue = new PriorityQueue<>(Candidate.ORDER);

        Run(Map<String, Long> texts) {
            texts.forEach((text, count) -> {
                pieces.add(new Piece(text, count));
                count(pieces.size() - 1, 1);
            });
            counts.forEach((pair, count) -> queue.add(new Candidate(pair, count)));
        }

        List<Merge> merges(int wanted) {
            List<Merge> merges = new ArrayList<>();
            while (merges.size() < wanted) {
                Merge best = next();
                if (best == null) {
                    break;
                }
                apply(best, BpeTokenizer.FIRST_MERGE + merges.size());
                merges.add(best);
            }
            return merges;
        }

        private @Nullable Merge next() {
            for (Candidate top = queue.poll(); top != null; top = queue.poll()) {
                long count = counts.getOrDefault(top.pair(), 0L);
                if (count < LEAST_COUNT) {
                    continue;
                }
                if (count == top.count()) {
                    return top.pair();
                }
                queue.add(new Candidate(top.pair(), count));
            }
            return null;
        }

        private void apply(Merge pair, int token) {
            touched.clear();
            for (int index : List.copyOf(holders.getOrDefault(pair, Set.of()))) {
                Piece piece = pieces.get(index);
                count(index, -1);
                int length = BpeTokenizer.replace(piece.symbols, piece.symbols.length, pair, token);
                piece.symbols = Arrays.copyOf(piece.symbols, length);
                count(index, 1);
            }
            counts.remove(pair);
            holders.remove(pair);
            touched.stream()
                    .filter(candidate -> candidate.left() == token || candidate.right() == token)
                    .forEach(candidate -> queue.add(new Candidate(candidate, counts.getOrDefault(candidate, 0L))));
        }

        /** Adds a piece's pairs to the counts, or takes them out of them. */
        private void count(int index, int sign) {
            Piece piece = pieces.get(index);
            for (int at = 0; at + 1 < piece.symbols.length; at++) {
                Merge pair = new Merge(piece.symbols[at], piece.symbols[at + 1]);
                counts.merge(pair, sign * piece.count, Long::sum);
                if (sign > 0) {
                    holders.computeIfAbsent(pair, ignored -> new TreeSet<>()).add(index);
                    touched.add(pair);
                } else {
                    Set<Integer> where = holders.get(pair);
                    if (where != null) {
                        where.remove(index);
                    }
                }
            }
        }
    }
}
