package dev.hydra.training.grow;

import java.util.List;
import java.util.stream.Stream;

/**
 * What a base model said after a prompt, as its heads rank it: all that is needed to know what decoding it with any draft tree
 * would have been like.
 *
 * @param ranks the rank vector of every place at which a step may start, as many as there are tokens that steps yield: the vector
 *              of place p is no longer than the number of tokens from p to the end
 */
public record Continuation(List<List<Integer>> ranks) {

    public Continuation {
        ranks = ranks.stream().map(List::copyOf).toList();
        for (int place = 0; place < ranks.size(); place++) {
            if (ranks.get(place).size() > ranks.size() - place) {
                throw new IllegalArgumentException("place %d has %d ranks; %d tokens follow it"
                        .formatted(place, ranks.get(place).size(), ranks.size() - place));
            }
        }
    }

    /**
     * The continuation of a prompt.
     *
     * @param heads  ranks the tokens
     * @param prompt as it was read
     * @param tokens what the model said, greedily
     */
    public static Continuation of(RankSource heads, List<Integer> prompt, List<Integer> tokens) {
        // the first token comes from reading the prompt, and the first step's drafts are of the second
        int places = Math.max(0, tokens.size() - 1);
        if (places == 0) {
            return new Continuation(List.of());
        }
        List<Integer> text = Stream.concat(prompt.stream(), tokens.stream()).toList();
        return new Continuation(heads.ranks(text, prompt.size() - 1).subList(0, places));
    }

    /** Tokens that steps yield, which is the number of places. */
    public int size() {
        return ranks.size();
    }
}
