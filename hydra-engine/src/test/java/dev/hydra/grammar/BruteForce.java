package dev.hydra.grammar;

import java.util.BitSet;
import java.util.List;

/**
 * Says of every token by itself whether it may follow, from the beginning of the text each time: without trie, cache, or anything left
 * out. It shares the expressions with a {@link Guide}, and nothing else.
 */
public final class BruteForce {
    private final CompiledGrammar grammar;
    private final Costs costs;
    private final TokenTrie trie;

    public BruteForce(Grammar grammar, TokenTrie trie) {
        this.grammar = grammar.compile();
        this.costs = new Costs(trie);
        this.trie = trie;
        costs.settle(this.grammar.definitions());
    }

    /** Whether tokens are a whole document. */
    public boolean isComplete(List<Integer> said) {
        return behind(said).isComplete();
    }

    /**
     * The tokens that may follow.
     *
     * @param left tokens that may follow them
     */
    public BitSet allowed(List<Integer> said, int left) {
        Expression behind = behind(said);
        BitSet allowed = new BitSet();
        for (int token = 0; token < trie.size(); token++) {
            Expression rest = behind;
            for (byte octet : trie.bytes(token)) {
                rest = grammar.expressions().next(rest, Byte.toUnsignedInt(octet));
            }
            allowed.set(token, trie.bytes(token).length > 0 && !rest.isNothing() && costs.of(rest) <= left);
        }
        return allowed;
    }

    private Expression behind(List<Integer> said) {
        Expression rest = grammar.start();
        String key = "";
        for (int one : said) {
            String closed = "";
            for (byte octet : trie.bytes(one)) {
                boolean inKey = rest.isInKey();
                rest = grammar.expressions().next(rest, Byte.toUnsignedInt(octet));
                if (inKey && !rest.isInKey()) {
                    closed = key;
                }
                key = !rest.isInKey() ? "" : inKey ? key + (char) Byte.toUnsignedInt(octet) : key;
            }
            rest = grammar.expressions().settled(rest, closed, key);
        }
        return rest;
    }
}
