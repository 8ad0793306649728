/**
 * Trains draft heads, and small Llama bases, through the decoder's own graph resources. Knows nothing of decoding. Start at {@link
 * dev.hydra.training.HeadsTrainer}.
 */
@NullMarked
package dev.hydra.training;

import org.jspecify.annotations.NullMarked;
