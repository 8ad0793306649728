package dev.hydra.grammar;

import dev.hydra.grammar.Expression.Shape;
import java.util.BitSet;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A grammar over a vocabulary: which tokens may follow a text, so that it can still become a document of the grammar with the tokens
 * that are left.
 *
 * <p>As long as only such tokens are said, and {@link #shortest} were left in the beginning, the text always becomes a whole document:
 * where tokens run short, only those remain that lead to an end in time.
 *
 * <p>Made on any thread; all methods but {@link #shortest} belong to one thread, the decoding thread.
 */
public final class Guide {

    private final TokenTrie trie;
    private final Set<Integer> endTokens;
    private final MaskCache masks;
    private final Expressions expressions;
    private final Costs costs;
    private final Place start;
    private final int shortest;
    private final Expression[] path;

    /**
     * @param trie      the vocabulary
     * @param endTokens tokens that may follow a whole document
     * @param masks     where sets of legal tokens are kept
     */
    Guide(Grammar grammar, TokenTrie trie, Set<Integer> endTokens, MaskCache masks) {
        CompiledGrammar compiled = grammar.compile();
        this.trie = trie;
        this.endTokens = Set.copyOf(endTokens);
        this.masks = masks;
        this.expressions = compiled.expressions();
        this.costs = new Costs(trie);
        costs.settle(compiled.definitions());
        this.start = new Place(compiled.start(), "");
        this.shortest = costs.of(compiled.start());
        this.path = new Expression[trie.longest() + 1];
        if (shortest >= Expressions.UNREACHABLE) {
            throw new IllegalArgumentException(
                    "this model's vocabulary cannot spell the grammar: no token stands for some byte of it alone; use names and values"
                            + " that the model knows, or another model");
        }
    }

    /** Tokens that are enough for a document, an end token not included. */
    public int shortest() {
        return shortest;
    }

    /**
     * Demands that a document can be written with so many tokens.
     *
     * @throws IllegalArgumentException if not
     */
    public void requireEnough(int tokens) {
        if (tokens < shortest) {
            throw new IllegalArgumentException(
                    "the answer may have %d tokens; the shortest document that fits its grammar may need %d: raise its maximum tokens, or"
                                    .formatted(tokens, shortest)
                            + " make the prompt shorter where the cache row is what is too small");
        }
    }

    /** Where every text begins. */
    public Place start() {
        return start;
    }

    /**
     * The tokens that may follow, if so many more may follow them. End tokens may where the text is a whole document.
     *
     * @param left tokens that may follow the next one
     * @return token ids, not to be changed; often the very same set as for other places
     */
    public BitSet legal(Place place, int left) {
        Expression shape = expressions.forMask(place.expression(), trie.longest());
        LegalTokens legal = masks.get(shape);
        if (legal == null) {
            legal = find(shape);
            masks.put(shape, legal);
        }
        return legal.within(left - costs.of(place.expression()));
    }

    private LegalTokens find(Expression shape) {
        SortedMap<Integer, BitSet> layers = new TreeMap<>();
        int cost = costs.of(shape);
        path[0] = shape;
        int node = 0;
        while (node < trie.nodes()) {
            int depth = trie.depth(node);
            Expression next = expressions.next(path[depth], trie.octet(node));
            if (next.isNothing()) {
                node = trie.end(node);
                continue;
            }
            path[depth + 1] = next;
            if (trie.tokensFrom(node) < trie.tokensTo(node)) {
                add(layers, costs.of(next) - cost, node);
            }
            node++;
        }
        if (shape.isComplete()) {
            // that the text ends costs nothing, and makes nothing dearer
            BitSet ends = layers.computeIfAbsent(-1, rise -> new BitSet());
            endTokens.forEach(ends::set);
        }
        return new LegalTokens(layers);
    }

    private void add(SortedMap<Integer, BitSet> layers, int rise, int node) {
        if (rise < Expressions.UNREACHABLE / 2) {
            BitSet layer = layers.computeIfAbsent(rise, added -> new BitSet(trie.size()));
            for (int at = trie.tokensFrom(node); at < trie.tokensTo(node); at++) {
                layer.set(trie.token(at));
            }
        }
    }

    /**
     * Where a text stands behind one more token.
     *
     * @param token one that is legal there, and no end token
     */
    public Place next(Place place, int token) {
        Expression expression = place.expression();
        String closed = "";
        StringBuilder open = new StringBuilder(place.key());
        for (byte octet : trie.bytes(token)) {
            boolean inKey = expression.isInKey();
            expression = expressions.next(expression, Byte.toUnsignedInt(octet));
            if (inKey && expression.isInKey()) {
                open.append((char) Byte.toUnsignedInt(octet));
            } else if (inKey) {
                closed = open.toString();
                open.setLength(0);
            }
        }
        assert !expression.isNothing() : "token=" + token;
        return new Place(expressions.settled(expression, closed, open.toString()), open.toString());
    }

    /**
     * Whether a text has ended: it is a whole document, and nothing may follow it any more.
     *
     * @param left tokens that may follow
     */
    public boolean isEnd(Place place, int left) {
        return place.isEnded()
                || place.isComplete() && (left == 0 || legal(place, left - 1).isEmpty());
    }

    /**
     * The longest legal token of the text that has to follow, where there is one text alone; empty where there are several.
     *
     * @param legal the tokens that may follow
     */
    public OptionalInt asked(Place place, BitSet legal) {
        Shape shape = place.expression().shape();
        Shape next = shape instanceof Shape.Then then ? then.first().shape() : shape;
        return next instanceof Shape.Literal literal
                ? trie.longestAlong(literal.text().from(literal.at()), legal)
                : OptionalInt.empty();
    }

    /** Whether a token ends a document and is no part of it. */
    public boolean isEnd(int token) {
        return endTokens.contains(token);
    }

    /** States that it has met so far. */
    int size() {
        return expressions.size();
    }
}
