/**
 * What heads learn from: chats read from files, perhaps answered anew by the model, as rows of tokens. Knows no tensors. Start at
 * {@link dev.hydra.training.data.TrainingData}.
 */
@NullMarked
package dev.hydra.training.data;

import org.jspecify.annotations.NullMarked;
