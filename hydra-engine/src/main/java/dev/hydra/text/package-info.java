/**
 * Text in and out of a model: tokens, whole characters, stop strings and chat templates. Knows no model, no tensors and
 * nothing else of Hydra. Start at {@link dev.hydra.text.Tokenizer}.
 */
@NullMarked
package dev.hydra.text;

import org.jspecify.annotations.NullMarked;
