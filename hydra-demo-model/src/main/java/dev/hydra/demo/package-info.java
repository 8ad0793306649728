/**
 * A small model with its draft heads, carried by a jar. Knows no engine: it only says where the files lie. Start at
 * {@link dev.hydra.demo.DemoModel}.
 */
@NullMarked
package dev.hydra.demo;

import org.jspecify.annotations.NullMarked;
