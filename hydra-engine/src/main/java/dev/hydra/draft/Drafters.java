package dev.hydra.draft;

import dev.hydra.tree.TreeShape;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The drafters of a model by mode, and which of them drafts what where a request does not say. Immutable. */
public final class Drafters {

    private final Map<DecodingMode, Drafter> drafters;
    private final DecodingDefaults defaults;

    /**
     * Requests that ask for none get each drafter's own tree.
     *
     * @param drafters by mode; plain decoding among them
     * @param standard the mode of requests that ask for none
     * @throws IllegalArgumentException if there is no drafter for that mode
     */
    public Drafters(Map<DecodingMode, Drafter> drafters, DecodingMode standard) {
        this(new EnumMap<>(drafters), new DecodingDefaults(standard, trees(drafters)));
        of(standard);
    }

    private Drafters(Map<DecodingMode, Drafter> drafters, DecodingDefaults defaults) {
        this.drafters = drafters;
        this.defaults = defaults;
    }

    private static Map<DecodingMode, TreeShape> trees(Map<DecodingMode, Drafter> drafters) {
        Map<DecodingMode, TreeShape> trees = new EnumMap<>(DecodingMode.class);
        drafters.forEach((mode, drafter) -> trees.put(mode, drafter.shape()));
        trees.remove(DecodingMode.PLAIN);
        return trees;
    }

    /**
     * The same drafters with other defaults.
     *
     * @throws IllegalArgumentException if there is no drafter for a mode, or it cannot draft its tree
     */
    public Drafters with(DecodingDefaults defaults) {
        of(defaults.mode());
        defaults.trees().forEach((mode, tree) -> of(mode).requireDraftable(tree));
        return new Drafters(drafters, defaults);
    }

    /** What requests get that do not ask. */
    public DecodingDefaults defaults() {
        return defaults;
    }

    /** The tree that requests get that ask for a mode and for no tree. */
    public TreeShape tree(DecodingMode mode) {
        return defaults.trees().getOrDefault(mode, of(mode).shape());
    }

    /** The mode of requests that ask for none. */
    public DecodingMode standard() {
        return defaults.mode();
    }

    /** The modes that requests may ask for. */
    public Set<DecodingMode> modes() {
        return new TreeSet<>(drafters.keySet());
    }

    /**
     * The drafter of a mode.
     *
     * @throws IllegalArgumentException if the model has no heads for it
     */
    public Drafter of(DecodingMode mode) {
        Drafter drafter = drafters.get(mode);
        if (drafter == null) {
            throw new IllegalArgumentException(
                    "mode is %s; this model decodes in %s: ask for one of these, or open it with draft heads for the other mode"
                            .formatted(
                                    mode.label(),
                                    modes().stream().map(DecodingMode::label).toList()));
        }
        return drafter;
    }
}
