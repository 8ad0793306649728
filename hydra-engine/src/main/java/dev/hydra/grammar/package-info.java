/**
 * Which tokens may follow, where a text has to be a JSON document that fits a schema. Knows bytes, and neither tensors nor decoding.
 * Start at {@link dev.hydra.grammar.Guide}.
 */
@NullMarked
package dev.hydra.grammar;

import org.jspecify.annotations.NullMarked;
