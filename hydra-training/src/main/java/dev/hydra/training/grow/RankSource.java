package dev.hydra.training.grow;

import java.util.List;

/** Says how draft heads rank what a text really says. */
@FunctionalInterface
public interface RankSource {

    /**
     * The rank vector of every place of a text: entry i is how many tokens head i holds likelier than the one that stands i + 2
     * places further on, given the tokens in between.
     *
     * @param tokens the text
     * @param from   the first place, from 0
     * @return one list for each place from there on, shorter where the text ends
     */
    List<List<Integer>> ranks(List<Integer> tokens, int from);
}
