/**
 * The model as TorchScript, and the only door to it: one method per graph entry. Knows checkpoints and trees, nothing of
 * requests or of which token is kept. Start at {@link dev.hydra.graph.ModelGraph}.
 */
@NullMarked
package dev.hydra.graph;

import org.jspecify.annotations.NullMarked;
