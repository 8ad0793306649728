package dev.hydra.training.grow;

import dev.hydra.training.evaluate.Setup;
import java.nio.file.Path;
import java.util.OptionalInt;

/**
 * What to grow a tree for, and how.
 *
 * @param setup         the base model and where it runs
 * @param heads         folder of its draft heads
 * @param prompts       for calibration, one at least
 * @param maximumTokens tokens of a continuation at most, 2 or more
 * @param maximumNodes  of the largest tree that is considered, the root included; 2 to 1024
 * @param nodes         of the tree, the root included; empty for as many as give the most tokens per second
 * @param rows          requests that are decoded together while steps are timed, 1 or more
 * @param rounds        of timing, 1 or more
 */
public record GrowthRequest(
        Setup setup,
        Path heads,
        Prompts prompts,
        int maximumTokens,
        int maximumNodes,
        OptionalInt nodes,
        int rows,
        int rounds) {

    private static final int MOST_NODES = 1024;

    public GrowthRequest {
        if (prompts.size() == 0) {
            throw new IllegalArgumentException("there are no calibration prompts; expected one at least");
        }
        requireRange("nodes at most", maximumNodes, 2, MOST_NODES);
        requireRange("tokens of a continuation", maximumTokens, 2, Integer.MAX_VALUE);
        requireRange("rows", rows, 1, Integer.MAX_VALUE);
        requireRange("rounds", rounds, 1, Integer.MAX_VALUE);
        if (nodes.isPresent()) {
            requireRange("nodes", nodes.getAsInt(), 2, maximumNodes);
        }
    }

    /**
     * Demands that a tree can be as large.
     *
     * @throws IllegalArgumentException if not; the message says how large one can be
     */
    public static void requireNodes(int nodes) {
        requireRange("nodes", nodes, 2, MOST_NODES);
    }

    private static void requireRange(String what, int value, int least, int most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(
                    most == Integer.MAX_VALUE
                            ? "%s are %d; expected %d or more".formatted(what, value, least)
                            : "%s are %d; expected %d to %d".formatted(what, value, least, most));
        }
    }

    /** A request with defaults. */
    public static Builder builder(Setup setup, Path heads, Prompts prompts) {
        return new Builder(setup, heads, prompts);
    }

    /** Collects options; every one has a default. */
    public static final class Builder {

        private final Setup setup;
        private final Path heads;
        private final Prompts prompts;
        private int maximumTokens = 128;
        private int maximumNodes = 100;
        private OptionalInt nodes = OptionalInt.empty();
        private int rows = 1;
        private int rounds = 3;

        private Builder(Setup setup, Path heads, Prompts prompts) {
            this.setup = setup;
            this.heads = heads;
            this.prompts = prompts;
        }

        /** Tokens of a continuation at most. Default: 128. */
        public Builder maximumTokens(int maximumTokens) {
            this.maximumTokens = maximumTokens;
            return this;
        }

        /** Nodes of the largest tree that is considered. Default: 100. */
        public Builder maximumNodes(int maximumNodes) {
            this.maximumNodes = maximumNodes;
            return this;
        }

        /** Nodes of the tree. Default: as many as give the most tokens per second. */
        public Builder nodes(int nodes) {
            this.nodes = OptionalInt.of(nodes);
            return this;
        }

        /** Requests that are decoded together while steps are timed. Default: 1. */
        public Builder rows(int rows) {
            this.rows = rows;
            return this;
        }

        /** Rounds of timing. Default: 3. */
        public Builder rounds(int rounds) {
            this.rounds = rounds;
            return this;
        }

        /** The request. */
        public GrowthRequest build() {
            return new GrowthRequest(setup, heads, prompts, maximumTokens, maximumNodes, nodes, rows, rounds);
        }
    }
}
