/**
 * Makes the embedded model from nothing: its text, its vocabulary, its weights and heads, and the table of how the kinds of heads
 * compare on it. Start at {@link dev.hydra.training.demo.TrainDemoModel}.
 */
@NullMarked
package dev.hydra.training.demo;

import org.jspecify.annotations.NullMarked;
