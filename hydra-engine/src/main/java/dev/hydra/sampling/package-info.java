/**
 * Rules for what a step keeps of a draft. Know nothing of sequences. Start at
 * {@link dev.hydra.sampling.AcceptanceRule}.
 */
@NullMarked
package dev.hydra.sampling;

import org.jspecify.annotations.NullMarked;
