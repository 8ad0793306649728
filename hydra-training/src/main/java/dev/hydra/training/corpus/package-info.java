/**
 * The text that the demo model learns from: short chats in plain English, made up from a seed. Knows no tokens except in
 * {@link dev.hydra.training.corpus.ChatFormat}. Start at {@link dev.hydra.training.corpus.DemoCorpus}.
 */
@NullMarked
package dev.hydra.training.corpus;

import org.jspecify.annotations.NullMarked;
