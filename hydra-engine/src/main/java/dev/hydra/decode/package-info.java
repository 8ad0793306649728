/**
 * The loop: draft, verify, accept, commit; and the sequences it advances. Knows nothing of threads or text. Start at
 * {@link dev.hydra.decode.Decoder}.
 */
@NullMarked
package dev.hydra.decode;

import org.jspecify.annotations.NullMarked;
