package dev.hydra.training.grow;

import java.nio.file.Path;
import java.util.List;

/** Says how draft heads rank what a text really says. Belongs to the thread that opened it. */
@FunctionalInterface
public interface RankSource extends AutoCloseable {

    /**
     * The rank vector of every place of a text: entry i is how many tokens head i holds likelier than the one that stands i + 2
     * places further on, given the tokens in between.
     *
     * @param tokens the text
     * @param from   the first place, from 0
     * @return one list for each place from there on, shorter where the text ends
     */
    List<List<Integer>> ranks(List<Integer> tokens, int from);

    @Override
    default void close() {}

    /** Opens heads to rank with. */
    @FunctionalInterface
    interface Opener {

        /**
         * Opens a base model and its heads.
         *
         * @param model  folder of the base model
         * @param heads  folder of the draft heads
         * @param device {@code auto}, {@code cpu}, {@code gpu} or {@code gpu1}
         * @throws dev.hydra.checkpoint.CheckpointException if a file is missing or broken, or the heads do not fit the base
         */
        RankSource open(Path model, Path heads, String device);
    }
}
