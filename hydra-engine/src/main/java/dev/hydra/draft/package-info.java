/**
 * Drafters: they give every node of a tree a token. Know nothing of which tokens are kept. Start at
 * {@link dev.hydra.draft.Drafter}.
 */
@NullMarked
package dev.hydra.draft;

import org.jspecify.annotations.NullMarked;
