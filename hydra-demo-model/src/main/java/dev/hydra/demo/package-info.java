/**
 * A small Llama with its draft heads, carried as resources. Knows where its files lie, nothing of what is in them. Start at
 * {@link dev.hydra.demo.DemoModel}.
 */
@NullMarked
package dev.hydra.demo;

import org.jspecify.annotations.NullMarked;
