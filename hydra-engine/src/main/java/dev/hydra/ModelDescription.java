package dev.hydra;

import dev.hydra.draft.DecodingDefaults;
import dev.hydra.draft.DecodingMode;
import dev.hydra.sampling.AcceptanceRule;
import dev.hydra.tree.TreeShape;
import java.util.List;

/**
 * What is open, in words and sizes; nothing of where it lies.
 *
 * @param name        the model folder's name
 * @param family      the architecture's family, for example {@code llama}
 * @param parameters  numbers in the base model
 * @param width       numbers in a hidden row
 * @param layers      decoder layers
 * @param heads       attention heads
 * @param vocabulary  tokens
 * @param positions   positions of a cache row: prompt and answer together, in tokens
 * @param dataType    of weights and activations, for example {@code float32}
 * @param dataTypeReason why it is that one: as asked, or what the device's choice was based on
 * @param device      for example {@code cpu} or {@code gpu0}
 * @param rows        cache rows: requests that are decoded together at most
 * @param mode        how drafts are made where a request does not say
 * @param acceptance  what is kept of a draft where a request does not say
 * @param drafters    the heads that may draft, one for each mode but {@code plain}
 * @param weightBytes bytes of all weights on the device
 */
public record ModelDescription(
        String name,
        String family,
        long parameters,
        int width,
        int layers,
        int heads,
        int vocabulary,
        int positions,
        String dataType,
        String dataTypeReason,
        String device,
        int rows,
        DecodingMode mode,
        AcceptanceRule acceptance,
        List<DrafterDescription> drafters,
        long weightBytes) {

    public ModelDescription {
        drafters = List.copyOf(drafters);
    }

    /** The same with other defaults for requests that do not say. */
    ModelDescription with(DecodingDefaults defaults) {
        return new ModelDescription(
                name,
                family,
                parameters,
                width,
                layers,
                heads,
                vocabulary,
                positions,
                dataType,
                dataTypeReason,
                device,
                rows,
                defaults.mode(),
                acceptance,
                drafters.stream()
                        .map(drafter -> drafter.with(defaults.tree(drafter.mode())))
                        .toList(),
                weightBytes);
    }

    /** The heads that draft where a request does not say; without any, decoding is plain. */
    public DrafterDescription drafter() {
        return drafters.stream()
                .filter(drafter -> drafter.mode() == mode)
                .findFirst()
                .orElse(DrafterDescription.PLAIN);
    }

    /**
     * A set of draft heads.
     *
     * @param mode      in which it drafts
     * @param kind      {@code medusa}, {@code hydra} or {@code hydra++}; {@code none} for no heads
     * @param heads     how many there are
     * @param treeNodes nodes of the draft tree, the root included
     * @param treeDepth levels of the draft tree below the root
     */
    public record DrafterDescription(DecodingMode mode, String kind, int heads, int treeNodes, int treeDepth) {
        private static final DrafterDescription PLAIN = new DrafterDescription(DecodingMode.PLAIN, "none", 0, 1, 0);

        /** The same with another tree. */
        DrafterDescription with(TreeShape tree) {
            return new DrafterDescription(mode, kind, heads, tree.size(), tree.depth());
        }
    }
}
