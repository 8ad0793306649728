/**
 * Model files as they lie on disk: Hugging Face folders, safetensors, files of torch.save, head checkpoints. Knows no graph
 * and no device. Start at {@link dev.hydra.checkpoint.Checkpoint}.
 */
@NullMarked
package dev.hydra.checkpoint;

import org.jspecify.annotations.NullMarked;
