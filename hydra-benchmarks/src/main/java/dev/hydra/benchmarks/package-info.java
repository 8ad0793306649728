/**
 * Measurements, each a program that answers one question. Never deployed. Start at
 * {@link dev.hydra.benchmarks.AnswerBenchmark}.
 */
@NullMarked
package dev.hydra.benchmarks;

import org.jspecify.annotations.NullMarked;
