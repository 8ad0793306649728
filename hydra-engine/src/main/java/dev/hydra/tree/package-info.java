/** Draft trees as integers: shapes, masks and paths. Knows no tensors. Start at {@link dev.hydra.tree.TreeShape}. */
@NullMarked
package dev.hydra.tree;

import org.jspecify.annotations.NullMarked;
