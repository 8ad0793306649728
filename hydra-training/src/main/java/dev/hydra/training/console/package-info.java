/**
 * What a command tells the people who started it, and the programs: lines, progress, results. Knows nothing of models. Start at
 * {@link dev.hydra.training.console.Console}.
 */
@NullMarked
package dev.hydra.training.console;

import org.jspecify.annotations.NullMarked;
