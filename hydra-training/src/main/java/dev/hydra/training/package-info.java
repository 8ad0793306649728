/**
 * Trains a small Llama base and its draft heads through the decoder's own graph resources. Knows nothing of decoding. Start
 * at {@link dev.hydra.training.TrainDemoModel}.
 */
@NullMarked
package dev.hydra.training;

import org.jspecify.annotations.NullMarked;
