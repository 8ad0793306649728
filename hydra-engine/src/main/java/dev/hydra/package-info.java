/**
 * A local language model that decodes speculatively with Hydra heads. Start at {@link dev.hydra.Hydra}.
 */
@NullMarked
package dev.hydra;

import org.jspecify.annotations.NullMarked;
