package dev.hydra.grammar;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Guides through grammars over one vocabulary: those that were asked for last are kept, with what they know. Threads may share it. */
public final class Guides {

    private static final int MOST = 32;

    /** States from which on a guide is replaced by one that knows nothing yet: they are a kilobyte each, or so. */
    private static final int MOST_STATES = 20_000;

    private final Supplier<TokenTrie> vocabulary;
    private final Set<Integer> endTokens;
    private final MaskCache masks = new MaskCache();
    private final Map<Grammar, Guide> guides = new LinkedHashMap<>(16, 0.75f, true); // guarded by this
    private @Nullable TokenTrie trie; // guarded by this

    /**
     * @param vocabulary asked once, when the first guide is made
     * @param endTokens  tokens that may follow a whole document
     */
    public Guides(Supplier<TokenTrie> vocabulary, Set<Integer> endTokens) {
        this.vocabulary = vocabulary;
        this.endTokens = Set.copyOf(endTokens);
    }

    /**
     * A guide through a grammar.
     *
     * @throws IllegalArgumentException if the vocabulary cannot spell the grammar
     */
    public synchronized Guide of(Grammar grammar) {
        Guide guide = guides.get(grammar);
        if (guide == null || guide.size() > MOST_STATES) {
            if (trie == null) {
                trie = vocabulary.get();
            }
            guide = new Guide(grammar, trie, endTokens, masks);
            guides.put(grammar, guide);
            Iterator<Guide> oldest = guides.values().iterator();
            while (guides.size() > MOST) {
                oldest.next();
                oldest.remove();
            }
        }
        return guide;
    }
}
