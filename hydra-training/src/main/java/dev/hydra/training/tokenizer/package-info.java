/**
 * Byte-level byte-pair encoding: learns a vocabulary from text and writes it in the Hugging Face format. Knows no
 * conversations and no tensors. Start at {@link dev.hydra.training.tokenizer.BpeTrainer}.
 */
@NullMarked
package dev.hydra.training.tokenizer;

import org.jspecify.annotations.NullMarked;
