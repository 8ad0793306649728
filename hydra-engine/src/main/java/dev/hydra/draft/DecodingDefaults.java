package dev.hydra.draft;

import dev.hydra.tree.TreeShape;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * How requests are decoded that do not say.
 *
 * @param mode  how drafts are made
 * @param trees the draft tree of every mode that drafts
 */
public record DecodingDefaults(DecodingMode mode, Map<DecodingMode, TreeShape> trees) {

    /** Copies the trees. */
    public DecodingDefaults {
        Map<DecodingMode, TreeShape> copy = new EnumMap<>(DecodingMode.class);
        copy.putAll(trees);
        trees = Collections.unmodifiableMap(copy);
    }

    /** The same with another mode. */
    public DecodingDefaults withMode(DecodingMode mode) {
        return new DecodingDefaults(mode, trees);
    }

    /** The same with one tree for all modes that draft. */
    public DecodingDefaults withTree(TreeShape tree) {
        return withTrees(old -> tree);
    }

    /** The same with what a change makes of the tree of each mode that drafts. */
    public DecodingDefaults withTrees(UnaryOperator<TreeShape> change) {
        Map<DecodingMode, TreeShape> changed = new EnumMap<>(DecodingMode.class);
        trees.forEach((drafting, tree) -> changed.put(drafting, change.apply(tree)));
        return new DecodingDefaults(mode, changed);
    }

    /** The tree of a mode: the root alone where it does not draft. */
    public TreeShape tree(DecodingMode mode) {
        return trees.getOrDefault(mode, TreeShape.single());
    }
}
