package dev.hydra.draft;

import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The drafters of a model by mode, and which of them drafts where a request does not say. Immutable. */
public final class Drafters {

    private final Map<DecodingMode, Drafter> drafters;
    private final DecodingMode standard;

    /**
     * @param drafters by mode; plain decoding among them
     * @param standard the mode of requests that ask for none
     * @throws IllegalArgumentException if there is no drafter for that mode
     */
    public Drafters(Map<DecodingMode, Drafter> drafters, DecodingMode standard) {
        this.drafters = new EnumMap<>(drafters);
        this.standard = standard;
        of(standard);
    }

    /** The mode of requests that ask for none. */
    public DecodingMode standard() {
        return standard;
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
