/**
 * Models and heads from the Hugging Face hub, in the cache that Hugging Face's clients share. Knows no model, reads no
 * environment and nothing else of Hydra. Start at {@link dev.hydra.hub.Hub}.
 */
@NullMarked
package dev.hydra.hub;

import org.jspecify.annotations.NullMarked;
