package dev.hydra;

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
 * @param device      for example {@code cpu} or {@code gpu0}
 * @param headsKind   {@code hydra}, or {@code none} for plain decoding
 * @param draftHeads  draft heads in use
 * @param treeNodes   nodes of the draft tree, the root included
 * @param treeDepth   levels of the draft tree below the root
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
        String device,
        String headsKind,
        int draftHeads,
        int treeNodes,
        int treeDepth,
        long weightBytes) {}
