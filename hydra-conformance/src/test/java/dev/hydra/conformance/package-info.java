/** The OpenAI-compatible endpoint, as other people's software meets it. Start at {@link dev.hydra.conformance.ServedReciter}. */
@NullMarked
package dev.hydra.conformance;

import org.jspecify.annotations.NullMarked;
