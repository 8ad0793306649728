/**
 * The command line. Knows how to ask and how to answer; what is done lies in the other packages. Start at
 * {@link dev.hydra.training.cli.HydraCommand}.
 */
@NullMarked
package dev.hydra.training.cli;

import org.jspecify.annotations.NullMarked;
