package dev.hydra.spring.actuate;

import dev.hydra.draft.DecodingDefaults;
import dev.hydra.tree.TreeShape;
import java.util.OptionalInt;

/** What an operator may ask of the draft trees. */
sealed interface TreeChoice {

    /** The trees that the model was opened with. */
    record Own() implements TreeChoice {}

    /** These, cut to so many nodes, the root included. */
    record Cut(int nodes) implements TreeChoice {}

    /** One that is shipped, for all heads. */
    record Shipped(TreeShape tree) implements TreeChoice {}

    /**
     * Reads a choice: {@code own}, {@code none}, a number of nodes, or a shipped tree's name.
     *
     * @throws IllegalArgumentException if it is none of these
     */
    static TreeChoice parse(String text) {
        if (text.equals("own")) {
            return new Own();
        }
        if (text.equals("none")) {
            return new Cut(1);
        }
        OptionalInt nodes = number(text);
        if (nodes.isPresent()) {
            if (nodes.getAsInt() < 1) {
                throw new IllegalArgumentException(
                        "tree is %s; expected 1 node or more, the root included".formatted(text));
            }
            return new Cut(nodes.getAsInt());
        }
        if (!TreeShape.names().contains(text)) {
            throw new IllegalArgumentException("tree is '%s'; expected own, none, a number of nodes, or one of %s"
                    .formatted(text, TreeShape.names()));
        }
        return new Shipped(TreeShape.named(text));
    }

    private static OptionalInt number(String text) {
        return text.matches("-?[0-9]{1,9}") ? OptionalInt.of(Integer.parseInt(text)) : OptionalInt.empty();
    }

    /**
     * The defaults with the chosen trees.
     *
     * @param present what holds now
     * @param opened  what the model was opened with
     */
    default DecodingDefaults apply(DecodingDefaults present, DecodingDefaults opened) {
        DecodingDefaults own = opened.withMode(present.mode());
        if (this instanceof Shipped shipped) {
            return own.withTree(shipped.tree());
        }
        return this instanceof Cut cut ? own.withTrees(tree -> tree.within(tree.depth(), cut.nodes())) : own;
    }
}
