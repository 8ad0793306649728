/**
 * Asks a model questions in every mode that it has heads for, and says how far and how fast the heads carry. Knows nothing of
 * training. Start at {@link dev.hydra.training.evaluate.Evaluation}.
 */
@NullMarked
package dev.hydra.training.evaluate;

import org.jspecify.annotations.NullMarked;
