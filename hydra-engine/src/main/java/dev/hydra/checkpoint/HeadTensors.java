package dev.hydra.checkpoint;

import java.util.List;

/**
 * The tensors of one draft head, whatever the file calls them. Each list is a weight and its bias; it is empty where the
 * head has no such part.
 *
 * @param activated of the first block: what goes through the activation
 * @param residual  of the first block, where its input is wider than its output; else the input itself is the residual
 * @param later     of the block that follows the first and runs for all others; empty where the first one does, or where
 *     there is one block only
 * @param scores    of the output layer; without bias in Medusa's own files, and empty where the base model's output layer
 *     serves the heads
 */
public record HeadTensors(
        List<StoredTensor> activated,
        List<StoredTensor> residual,
        List<StoredTensor> later,
        List<StoredTensor> scores) {
    /** Copies the lists. */
    public HeadTensors {
        activated = List.copyOf(activated);
        residual = List.copyOf(residual);
        later = List.copyOf(later);
        scores = List.copyOf(scores);
    }
}
