/**
 * Finds the draft tree that suits a set of heads, a text and a machine. Knows the decoder from outside, and no tensors. Start at
 * {@link dev.hydra.training.grow.TreeGrowth}.
 */
@NullMarked
package dev.hydra.training.grow;

import org.jspecify.annotations.NullMarked;
